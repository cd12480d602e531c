// One alert: two faces, what to do and where.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Disclosure } from "./disclosure.js";
import { Bar } from "./bar.js";
import { categoryWords, iconOf, stageWords, urgency } from "./describe.js";
import { Faces } from "./faces.js";
import { Responder } from "./responder.js";
import { When } from "./when.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Alert({ incident }) {
  const w = words.value;
  const others = incident.cameras.filter((camera) => camera !== incident.camera);
  return html`<article class="alert">
    <p class=${`strip ${urgency(incident)}`} role="status">
      <button class="leave" aria-label=${w.back} onClick=${() => state.show(null)}><${Icon} name="back" /></button>
      <${Icon} name=${iconOf(incident)} /><b>${stageWords(incident)}</b>
      <span class="age">
        <${When} incident=${incident} />
      </span>
    </p>
    <div class="scroll">
      <${Faces} incident=${incident} />
      <section class="todo">
        <h2>
          ${w.whatToDo}${incident.category &&
          html`<span class="chip">${categoryWords(incident.category)}</span>`}
        </h2>
        <p class="instruction">
          ${incident.outcome === "ended" ? w.entryEnded : (incident.instruction ?? w.noInstruction)}
        </p>
      </section>
      <section class="where">
        <${Icon} name="pin" />
        <p>
          <b>${incident.camera}</b><span>${w.site} ${incident.site} · ${clock(incident.last_seen_at)}</span>
          ${others.length > 0 && html`<span>${w.alsoSeen} ${others.join(", ")}</span>`}
        </p>
      </section>
      ${incident.responder && html`<${Responder} responder=${incident.responder} />`}
      ${(incident.my_verdict || incident.disclosed) && html`<${Disclosure} incident=${incident} />`}
      <p class="care">${w.care}</p>
    </div>
    <${Bar} incident=${incident} />
  </article>`;
}
