// What can be done with an alert.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { isOpen } from "../state/urgency.js";
/** @import { IncidentView, Verdict } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Bar({ incident }) {
  const w = words.value;
  const needed =
    state.may("respond") && incident.responder === null && (isOpen(incident) || incident.outcome === "confirmed");
  const open = state.may("review") && isOpen(incident) && incident.my_verdict === null;
  if (!needed && !open) return null;
  if (open && state.comparing.value) {
    /** @param {Verdict} verdict */
    const judge = (verdict) => () => state.judge(incident.id, verdict);
    return html`<div class="bar judging" role="group" aria-labelledby="question">
      <p id="question">${w.question}
        <button class="plain" onClick=${() => (state.comparing.value = false)}>${w.cancel}</button>
      </p>
      <button class="same" onClick=${judge("same")}><${Icon} name="check" />${w.same}</button>
      <button class="not-same" onClick=${judge("not_same")}><${Icon} name="cross" />${w.notSame}</button>
      <button class="cannot-tell" onClick=${judge("cannot_tell")}><${Icon} name="ask" />${w.cannotTell}</button>
    </div>`;
  }
  const early = !state.settled.value;
  return html`<div class="bar">
    ${needed && html`<button class="go" disabled=${early} onClick=${() => state.respond(incident.id)}><${Icon} name="run" />${w.onMyWay}</button>`}
    ${open && html`<button class="second" disabled=${early} onClick=${() => (state.comparing.value = true)}><${Icon} name="faces" />${w.compare}</button>`}
  </div>`;
}
