// Stopping the matching at a site, and resuming it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bound, onSubmit, onText } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { complaining } from "./complaint.js";

/** @param {{ done: () => void }} props */
export function MatchingDialog({ done }) {
  const w = words.value;
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const chosen = useSignal(state.sites.value[0]?.site ?? "");
  // The dialog may open before the sites are known.
  const site = chosen.value || (state.sites.value[0]?.site ?? "");
  const reason = useSignal("");
  /** @param {string} name */
  const stoppedAt = (name) => state.sites.value.find((s) => s.site === name)?.stopped ?? false;
  // Fixed when the dialog opens or a site is chosen: what somebody else does meanwhile must not turn a stop around.
  const resuming = useSignal(stoppedAt(site));
  useEffect(() => {
    state.complaint.value = null;
    box.current?.showModal();
    return () => {
      state.complaint.value = null;
    };
  }, []);
  /** @param {string} name */
  const choose = (name) => {
    chosen.value = name;
    resuming.value = stoppedAt(name);
  };
  const complaint = complaining();
  const send = async () => {
    if (await state.setMatching(site, !resuming.value, reason.value.trim())) done();
  };
  return html`<dialog ref=${box} onClose=${done} aria-labelledby="matching-title">
    <form onSubmit=${onSubmit(send)}>
      <h2 id="matching-title">${resuming.value ? w.resume : w.stopMatching}</h2>
      ${state.sites.value.length > 1 &&
      html`<select aria-label=${w.site} value=${site} onChange=${onText(choose)}>
        ${state.sites.value.map((s) => html`<option value=${s.site}>${s.site}</option>`)}
      </select>`}
      <p>${resuming.value ? w.resumeText(site) : w.stopText(site)}</p>
      <label for="why">${w.reason}</label>
      <textarea
        id="why" required minlength="3" maxlength="500" rows="2"
        ...${bound(reason)}
      ></textarea>
      ${complaint && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <button class=${resuming.value ? "go" : "danger"} disabled=${reason.value.trim().length < 3 || !site}>
          <${Icon} name=${resuming.value ? "play" : "stop"} />${resuming.value ? w.resume : w.stopMatching}
        </button>
      </div>
    </form>
  </dialog>`;
}
