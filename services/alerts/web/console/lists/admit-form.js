// A hospital's answer, and how its fingerprint was read out.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { SignedField } from "./signed-field.js";

/** @param {{ path: { list: string, hospital: string }, done: () => Promise<void> }} props */
export function AdmitForm({ path, done }) {
  const w = words.value.lists;
  const [answer, heard] = [useSignal(""), useSignal("")];
  const action = useAction();
  const send = () =>
    action.run(async () => {
      const body = { answer: answer.value, read_out: heard.value };
      await desk("POST /federation/lists/{list}/hospitals/{hospital}/answer", { path, body });
      await done();
    });
  return html`<form class="form" onSubmit=${onSubmit(send)} aria-label=${w.admit}>
    <${SignedField} id="admit-answer" label=${w.answer} text=${answer} />
    <${TextField} id="admit-heard" label=${w.heard} hint=${w.heardHint} ...${bound(heard)} required minlength="16" maxlength="100" autocomplete="off" spellcheck=${false} />
    <${Fault} fault=${action.fault} />
    <button class="go" disabled=${action.busy.value}>${w.admit}</button>
  </form>`;
}
