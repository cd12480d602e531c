// What can be done with an alert.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { mayArrive, mayCompare, mayGo } from "./steps.js";
/** @import { IncidentView, Verdict } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Bar({ incident }) {
  const w = words.value;
  const [go, arrive, open] = [mayGo(incident), mayArrive(incident), mayCompare(incident)];
  const waits = state.unsent.value.filter((each) => each.incident === incident.id).map(({ said }) => said.kind);
  if (!go && !arrive && !open) return null;
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
  /** @param {"respond" | "arrive" | "verdict"} kind */
  const off = (kind) => early || waits.includes(kind);
  /**
   * @param {"respond" | "arrive" | "verdict"} kind
   * @param {string} text
   */
  const labelled = (kind, text) => (waits.includes(kind) ? `${text} · ${w.unsentMark}` : text);
  return html`<div class="bar">
    ${go && html`<button class="go" disabled=${off("respond")} onClick=${() => state.respond(incident.id)}><${Icon} name="run" />${labelled("respond", w.onMyWay)}</button>`}
    ${arrive && html`<button class="go" disabled=${off("arrive")} onClick=${() => state.arrive(incident.id)}><${Icon} name="pin" />${labelled("arrive", w.iAmThere)}</button>`}
    ${open && html`<button class="second" disabled=${off("verdict")} onClick=${() => (state.comparing.value = true)}><${Icon} name="faces" />${labelled("verdict", w.compare)}</button>`}
  </div>`;
}
