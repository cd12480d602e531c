// One alert: two faces, what to do and where.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { address } from "../shared/place.js";
import { day } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Disclosure } from "./disclosure.js";
import { Bar } from "./bar.js";
import { Control } from "./control.js";
import { categoryWords, iconOf, stageWords, urgency } from "./describe.js";
import { Faces } from "./faces.js";
import { Responder } from "./responder.js";
import { Visit } from "./visit.js";
import { When } from "./when.js";
import { Whereabouts } from "./whereabouts.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Alert({ incident }) {
  const w = words.value;
  return html`<article class="alert" aria-label=${stageWords(incident)}>
    <p class=${`strip ${urgency(incident)}`} role="status">
      <button class="leave" aria-label=${w.back} onClick=${() => state.show(null)}><${Icon} name="back" /></button>
      <${Icon} name=${iconOf(incident)} /><b>${stageWords(incident)}</b>
      <span class="age">
        <${When} incident=${incident} />
      </span>
    </p>
    <div class="scroll" tabindex="0">
      <${Faces} incident=${incident} />
      ${incident.control && html`<${Control} control=${incident.control} />`}
      ${!incident.control && html`<section class="todo">
        <h2>
          ${w.whatToDo}${incident.category &&
          html`<span class="chip">${categoryWords(incident.category)}</span>`}
        </h2>
        <p class="instruction">${toDo(incident)}</p>
      </section>
      <${Whereabouts} incident=${incident} />`}
      ${incident.disputed && html`<p class="note disputed"><${Icon} name="ask" />${incident.may_review ? w.disputedYou : w.disputed}</p>`}
      ${incident.corrected_at && html`<p class="note"><${Icon} name="alarm" />${w.correctedAt(day(incident.corrected_at))}</p>`}
      ${incident.responder && html`<${Responder} responder=${incident.responder} />`}
      <${Visit} incident=${incident} />
      ${!incident.control && (incident.my_verdict || incident.disclosed) && html`<${Disclosure} incident=${incident} />`}
      ${state.may("read_audit") && html`<p><a class="plain" href=${address("audit", "of", incident.id)}>${w.auditOf}</a></p>`}
      <p class="care">${w.care}</p>
    </div>
    <${Bar} incident=${incident} />
  </article>`;
}

/** @param {IncidentView} incident */
function toDo({ outcome, instruction }) {
  const w = words.value;
  if (outcome === "ended") return w.entryEnded;
  if (outcome === "rejected") return w.withdrawn;
  return instruction ?? w.noInstruction;
}
