// A chart of stacked bars as SVG, and the same counts as a table for who reads or hears them.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { boxes, everyNth, HEIGHT, sum, top, WIDTH } from "./bars.js";
/** @import { Bar } from "./bars.js" */

const FOOT = 20;
const HEAD = 14;

/** @param {{ title: string, hint?: string, kinds: Record<string, string>, bars: Bar[] }} props `kinds` names those that are there */
export function BarChart({ title, hint, kinds, bars }) {
  const w = words.value.incidents;
  const room = WIDTH / Math.max(1, bars.length);
  const nth = everyNth(bars.length);
  const several = Object.keys(kinds).length > 1;
  return html`<section class="card bar-chart">
    <h2>${title}</h2>
    ${hint && html`<p class="hint">${hint}</p>`}
    <svg viewBox=${`0 ${-HEAD} ${WIDTH} ${HEIGHT + HEAD + FOOT}`} role="img" aria-label=${title}>
      <line x1="0" x2=${WIDTH} y1="0" y2="0" class="rule" /><text x="0" y="-3">${top(bars)}</text>
      <line x1="0" x2=${WIDTH} y1=${HEIGHT} y2=${HEIGHT} class="rule" />
      ${boxes(bars).map((box) => html`<rect class=${`bar-${box.kind}`} x=${box.x} y=${box.y} width=${box.width} height=${box.height} />`)}
      ${bars.map((bar, place) => place % nth === 0 && html`<text x=${(place + 0.5) * room} y=${HEIGHT + 15} text-anchor="middle">${bar.label}</text>`)}
    </svg>
    ${several && html`<ul class="legend">${Object.entries(kinds).map(([kind, name]) => html`<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class=${`bar-${kind}`} width="12" height="12" /></svg>${name}</li>`)}</ul>`}
    <details class="history"><summary>${w.asTable}</summary>
      <div class="wide" tabindex="0" role="region" aria-label=${title}><table>
        <thead><tr><td></td>${Object.values(kinds).map((name) => html`<th scope="col">${name}</th>`)}${several && html`<th scope="col">${w.together}</th>`}</tr></thead>
        <tbody>${bars.map(
          (bar) => html`<tr><th scope="row">${bar.label}</th>${Object.keys(kinds).map((kind) => html`<td>${bar.parts.find((part) => part.kind === kind)?.count ?? 0}</td>`)}${several && html`<td>${sum(bar)}</td>`}</tr>`,
        )}</tbody>
      </table></div>
    </details>
  </section>`;
}
