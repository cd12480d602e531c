// Scores: only a supervisor's, only after the decision, and only when they ask. Each look is recorded.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { clock } from "../../shared/times.js";
import { words as pageWords } from "../../shared/words.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { IncidentView, MeasurementView } from "../../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Measures({ incident }) {
  const w = pageWords.value;
  const found = useSignal(/** @type {MeasurementView[] | null} */ (null));
  const action = useAction();
  if (!state.may("show_details") || incident.disclosed?.strength == null) return null;
  const read = () =>
    action.run(async () => (found.value = (await ask("GET /incidents/{incident}/details", { path: { incident: incident.id } })).measurements));
  return html`<section class="card">
    <h2>${words.value.incidents.measures}</h2>
    <p class="hint">${words.value.incidents.measuresText}</p>
    <${Fault} fault=${action.fault} />
    ${found.value === null
      ? html`<button type="button" class="second" disabled=${action.busy.value} onClick=${read}>${words.value.incidents.showMeasures}</button>`
      : html`<div class="wide" tabindex="0" role="region" aria-label=${words.value.incidents.measures}><table>
          <thead><tr><th scope="col">${w.seen}</th><th scope="col">${w.cameraNow}</th><th scope="col">${w.walk}</th><th scope="col">${w.similarity}</th><th scope="col">${w.facePx}</th></tr></thead>
          <tbody>${found.value.map(
            (m) => html`<tr><td>${clock(m.seen_at)}</td><td>${m.camera}</td><td>${m.walk ?? "–"}</td><td>${m.similarity.toFixed(3)}</td><td>${Math.round(m.face_px)}</td></tr>`,
          )}</tbody>
        </table></div>`}
  </section>`;
}
