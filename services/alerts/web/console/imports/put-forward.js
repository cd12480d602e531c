// Putting everybody forward at once; who is left out and which warnings are accepted is said here.
import { useSignal } from "@preact/signals";
import { bound, onCheck, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { jobOf } from "./sending.js";
/** @import { BatchView, Counts } from "../../types/openapi" */

/** @param {Counts} counts */
const leftOut = ({ question, refused, listed }) => question + refused + listed;

/** @param {{ batch: BatchView, changed: (batch: BatchView) => void }} props */
export function PutForward({ batch, changed }) {
  const w = words.value;
  const leaveOut = useSignal(false);
  const accept = useSignal(false);
  const reason = useSignal("");
  const action = useAction();
  const sending = jobOf(batch.id)?.stage.value === "sending";
  const ready =
    !sending && !action.busy.value && batch.undecided === 0 && (!accept.value || reason.value.trim().length >= 3);
  const commit = () => {
    const body = { leave_out_rejected: leaveOut.value, accept_warnings: accept.value ? reason.value.trim() : null };
    const path = { import: batch.id };
    action.run(async () => changed(await desk("POST /watchlist/imports/{import}/commit", { path, body })));
  };
  return html`<form class="card form" onSubmit=${onSubmit(commit)}>
    <p>${w.commitText}</p>
    ${batch.undecided > 0 && html`<p class="notice">${w.toDecide(batch.undecided)} <a href=${address("imports", batch.id, "duplicates")}>${w.decideNow}</a></p>`}
    <label class="check"><input type="checkbox" checked=${leaveOut.value} onChange=${onCheck((on) => (leaveOut.value = on))} />${w.leaveOut(leftOut(batch.counts.people), leftOut(batch.counts.photos) + leftOut(batch.counts.lines))}</label>
    <label class="check"><input type="checkbox" checked=${accept.value} onChange=${onCheck((on) => (accept.value = on))} />${w.acceptAll(batch.counts.photos.warning)}</label>
    ${accept.value &&
    html`<${TextField} id="accept-reason" label=${w.reason} lines=${2} required minlength="3" maxlength="500" ...${bound(reason)} />`}
    <${Fault} fault=${action.fault} />
    <button class="go" disabled=${!ready}>${action.busy.value ? w.committing : w.commit(batch.counts.people.ready + batch.counts.people.warning)}</button>
  </form>`;
}
