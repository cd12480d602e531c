// Correcting one's own verdict.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IncidentView, Verdict } from "../types/openapi" */

/** @param {{ incident: IncidentView, named: Record<Verdict, string> }} props */
export function Correct({ incident, named }) {
  const w = words.value;
  const open = useSignal(false);
  const mine = incident.my_verdict;
  if (mine === null || incident.outcome === "ended" || !state.may("correct")) return null;
  if (!open.value) return html`<button class="plain" onClick=${() => (open.value = true)}>${w.correct}</button>`;
  /** @type {Verdict[]} */
  const verdicts = ["same", "not_same", "cannot_tell"];
  /** @param {Verdict} verdict */
  const send = (verdict) => () => {
    open.value = false;
    state.correct(incident.id, verdict);
  };
  return html`<div class="correct" role="group" aria-label=${w.correct}>
    <p>${incident.outcome === null ? w.correctText : w.correctDecided}</p>
    ${verdicts.filter((each) => each !== mine).map((each) => html`<button class="second" onClick=${send(each)}>${named[each]}</button>`)}
    <button class="plain" onClick=${() => (open.value = false)}>${w.cancel}</button>
  </div>`;
}
