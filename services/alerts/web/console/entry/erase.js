// Erasing everything about a person.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Box } from "../parts/box.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { HoldButton } from "./hold-button.js";
/** @import { EntryView } from "../../types/openapi" */

const WORD = "ERASE";

/** @param {{ entry: EntryView, done: () => void, erased: () => Promise<void> }} props */
export function Erase({ entry, done, erased }) {
  const w = words.value;
  const typed = useSignal("");
  const reason = useSignal("");
  const action = useAction();
  const body = { reason: reason.value.trim() };
  const ready = body.reason.length >= 3;
  const sure = typed.value.trim().toUpperCase() === WORD;
  const erase = async () => {
    const path = { entry: entry.id };
    const answer = await action.run(() => desk("POST /watchlist/entries/{entry}/erasure", { path, body }));
    if (answer === undefined) return;
    done();
    await erased();
  };
  const send = () => {
    if (ready && sure) erase();
  };
  return html`<${Box} name="erase" title=${w.actTitle("erase", entry.label)} done=${done}>
    <form onSubmit=${onSubmit(send)}>
      <p>${w.eraseText}</p>
      <${TextField} id="erase-reason" label=${w.reason} lines=${2} ...${bound(reason)} required minlength="3" maxlength="500" />
      <${TextField} id="erase-word" label=${w.typeErase} hint=${w.orHold} ...${bound(typed)} autocomplete="off"
        spellcheck=${false} />
      <${Fault} fault=${action.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <${HoldButton} disabled=${!ready || action.busy.value} sure=${sure} onHeld=${erase} text=${w.acts.erase} />
      </div>
    </form>
  <//>`;
}
