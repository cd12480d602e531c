// Why matching is stopped at a site, or resumed.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bound, onSubmit, onText } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { complaining } from "./complaint.js";

/** @param {{ resuming: boolean, done: () => void }} props which of the two it is, whatever others do meanwhile */
export function MatchingDialog({ resuming, done }) {
  const w = words.value;
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const reason = useSignal("");
  const chosen = useSignal("");
  // Fixed when the dialog opens, or when its sites are known: what is stopped meanwhile is not taken from under it.
  const offered = useSignal(/** @type {string[]} */ ([]));
  const known = sitesFor(resuming);
  if (offered.value.length === 0 && known.length > 0) offered.value = known;
  const site = chosen.value || (offered.value[0] ?? "");
  useEffect(() => {
    state.complaint.value = null;
    box.current?.showModal();
    return () => {
      state.complaint.value = null;
    };
  }, []);
  const complaint = complaining();
  const send = async () => {
    if (await state.setMatching(site, !resuming, reason.value.trim())) done();
  };
  return html`<dialog ref=${box} onClose=${done} aria-labelledby="matching-title">
    <form onSubmit=${onSubmit(send)}>
      <h2 id="matching-title">${resuming ? w.resume : w.stopMatching}</h2>
      ${offered.value.length > 1 &&
      html`<select aria-label=${w.site} value=${site} onChange=${onText((name) => (chosen.value = name))}>
        ${offered.value.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>`}
      <p>${resuming ? w.resumeText(site) : w.stopText(site)}</p>
      <label for="why">${w.reason}</label>
      <textarea
        id="why" required minlength="3" maxlength="500" rows="2"
        ...${bound(reason)}
      ></textarea>
      ${complaint && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <button class=${resuming ? "go" : "danger"} disabled=${reason.value.trim().length < 3 || !site}>
          <${Icon} name=${resuming ? "play" : "stop"} />${resuming ? w.resume : w.stopMatching}
        </button>
      </div>
    </form>
  </dialog>`;
}

/**
 * Where it can be done: those that run before those that are stopped already, where it is a stop.
 * @param {boolean} resuming
 */
function sitesFor(resuming) {
  const stopped = state.stopped.value;
  if (resuming) return stopped;
  const names = state.sites.value.map((each) => each.site);
  return [...names.filter((name) => !stopped.includes(name)), ...names.filter((name) => stopped.includes(name))];
}
