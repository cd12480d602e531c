// Who gave which verdict, and setting one aside: for a supervisor, after the decision.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { GivenVerdict, IncidentView, Verdict } from "../types/openapi" */

const SHORTEST_REASON = 3;

/** @param {{ incident: IncidentView, given: GivenVerdict, named: Record<Verdict, string> }} props */
export function SetAside({ incident, given, named }) {
  const w = words.value;
  const open = useSignal(false);
  const reason = useSignal("");
  const send = async () => {
    if (await state.setAside(incident.id, given.account, reason.value.trim())) open.value = false;
  };
  const isOthers = given.verdict !== null && given.account !== state.account.value;
  return html`<li>
    <span><b>${given.account}</b> ${given.verdict === null ? w.isSetAside : named[given.verdict]}</span>
    ${isOthers && !open.value && html`<button class="plain" onClick=${() => (open.value = true)}>${w.setAside}</button>`}
    ${open.value && html`<form onSubmit=${onSubmit(send)}>
      <label for=${`why-${given.account}`}>${w.reason}</label>
      <textarea id=${`why-${given.account}`} rows="2" maxlength="500" ...${bound(reason)}></textarea>
      <button class="danger" disabled=${reason.value.trim().length < SHORTEST_REASON}>${w.setAside}</button>
    </form>`}
  </li>`;
}
