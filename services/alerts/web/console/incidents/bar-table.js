// Counts of what has names: a table whose bars show the counts beside them.
import { html } from "../../shared/html.js";
import { sum, top } from "./bars.js";
/** @import { Bar } from "./bars.js" */

/** @param {{ title: string, hint?: string, bars: Bar[], told?: (bar: Bar) => string | number }} props `told` says the counts of a bar */
export function BarTable({ title, hint, bars, told = sum }) {
  const most = top(bars);
  return html`<section class="card">
    <h2>${title}</h2>
    ${hint && html`<p class="hint">${hint}</p>`}
    <table class="bars" aria-label=${title}>
      <tbody>${bars.map((bar) => {
        let x = 0;
        return html`<tr key=${bar.label}>
          <th scope="row">${bar.label}</th>
          <td class="figure">${told(bar)}</td>
          <td class="drawn"><svg viewBox=${`0 0 ${most} 1`} preserveAspectRatio="none" aria-hidden="true">
            ${bar.parts.map(({ kind, count }) => {
              x += count;
              return html`<rect class=${`bar-${kind}`} x=${x - count} width=${count} height="1" />`;
            })}
          </svg></td>
        </tr>`;
      })}</tbody>
    </table>
  </section>`;
}
