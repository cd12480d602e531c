// The second account joins a list, if it heard the same characters.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { SubscriptionView } from "../../types/openapi" */

/** @param {{ list: SubscriptionView, done: () => void }} props */
export function ApproveJoining({ list, done }) {
  const w = words.value.lists;
  const heard = useSignal("");
  const action = useAction();
  if (list.asked_by === state.account.value) return html`<p class="notice">${w.another}</p>`;
  if (!state.may("approve_joining")) return null;
  const send = () =>
    action.run(async () => {
      await desk("POST /federation/subscriptions/{list}/approval", { path: { list: list.list }, body: { fingerprint: heard.value } });
      done();
    });
  return html`<form class="form" onSubmit=${onSubmit(send)} aria-label=${w.approveJoining}>
    <${TextField} id=${`heard-${list.list}`} label=${w.heard} hint=${w.heardHint} ...${bound(heard)} required minlength="16" maxlength="100" autocomplete="off" spellcheck=${false} />
    <${Fault} fault=${action.fault} />
    <button class="go" disabled=${action.busy.value}>${w.approveJoining}</button>
  </form>`;
}
