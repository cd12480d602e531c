// What each stage does, of the last five minutes.
import { html } from "../../shared/html.js";
import { readable } from "./kept.js";
import { words } from "./words.js";
/** @import { StageLately } from "../../types/openapi" */

/** @param {{ lately: StageLately[] }} props */
export function Stages({ lately }) {
  const w = words.value;
  const shed = lately.flatMap(({ stage, shed: by }) => Object.entries(by).map(([reason, count]) => ({ stage, reason, count })));
  return html`<section class="card" aria-labelledby="stages">
    <h2 id="stages">${w.stages}</h2>
    <div class="wide" tabindex="0" role="group" aria-label=${w.stages}><table>
      <thead><tr><th>${w.stage}</th><th>${w.replicas}</th><th>${w.received}</th><th>${w.done}</th><th>${w.shed}</th><th>${w.lag}</th><th>${w.busy}</th><th>${w.machine}</th></tr></thead>
      <tbody>
        ${lately.map((of) => {
          const lost = Object.values(of.shed).reduce((sum, count) => sum + count, 0);
          return html`<tr key=${of.stage}><th scope="row">${w.names[of.stage]}<small>${w.items[of.stage]}</small></th>
            <td>${of.replicas}</td><td>${w.perSecond(readable(of.received))}</td><td>${w.perSecond(readable(of.done))}</td><td>${lost}</td>
            <td>${of.age_seconds === null ? "–" : w.seconds(readable(of.age_seconds))}</td><td>${w.percent(Math.round(of.busy * 100))}</td>
            <td>${of.machine === null ? "–" : w.percent(Math.round(of.machine * 100))}</td></tr>`;
        })}
      </tbody>
    </table></div>
    <p class="hint">${w.stagesText} ${w.lagText}</p>
    ${shed.length > 0 &&
    html`<h3>${w.shedWhy}</h3><ul class="compared">${shed.map(
      ({ stage, reason, count }) => html`<li key=${`${stage} ${reason}`}>${w.names[stage]}${" · "}${w.reasons[reason] ?? html`<code>${reason}</code>`}${" · "}${count}</li>`,
    )}</ul>`}
  </section>`;
}
