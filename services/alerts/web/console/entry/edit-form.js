// The words of a draft, as they are typed.
import { useSignal } from "@preact/signals";
import { onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { address, go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { isWhole } from "../grounds/form.js";
import { Grounds } from "../grounds/grounds.js";
import { Where } from "../grounds/where.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { changes, formOf } from "./words-form.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { WordsForm } from "../../types/page" */

/** @param {{ entry: EntryView }} props */
export function EditForm({ entry }) {
  const w = words.value;
  const form = useSignal(formOf(entry));
  const action = useAction();
  /** @param {Partial<WordsForm>} some */
  const set = (some) => {
    // Another ground shortens the time, and never makes it longer by itself.
    const until = some.usual && (some.until ?? "") > form.value.until ? form.value.until : some.until;
    form.value = { ...form.value, ...some, until: until ?? form.value.until };
  };
  const save = async () => {
    const body = { revision: entry.revision, ...changes(entry, form.value) };
    const saved = await action.run(() => desk("POST /watchlist/entries/{entry}/words", { path: { entry: entry.id }, body }));
    if (saved !== undefined) go("watchlist", entry.id);
  };
  return html`<form class="form" onSubmit=${onSubmit(save)}>
    ${entry.returned && html`<p class="notice"><b>${entry.returned.by}</b> ${entry.returned.comment}</p>`}
    <${TextField} id="label" label=${w.label} hint=${w.labelHint} required maxlength="200" autocomplete="off"
      value=${form.value.label} onInput=${onText((label) => set({ label }))} />
    <${Grounds} form=${form.value} set=${set} />
    <${Where} form=${form.value} set=${set} />
    <${TextField} id="note" label=${w.note} hint=${w.noteHint} lines=${2} maxlength="2000" value=${form.value.note}
      onInput=${onText((note) => set({ note }))} />
    <${Fault} fault=${action.fault} />
    <div class="choices">
      <a class="second" href=${address("watchlist", entry.id)}>${w.cancel}</a>
      <button class="go" disabled=${action.busy.value || !isWhole(form.value)}>${w.save}</button>
    </div>
  </form>`;
}
