// A new list for other hospitals.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";

/** @param {{ done: () => void }} props */
export function PublishForm({ done }) {
  const w = words.value.lists;
  const [name, title, days] = [useSignal(""), useSignal(""), useSignal("30")];
  const action = useAction();
  const send = async () => {
    const body = { list: name.value.trim(), title: title.value.trim(), silent_days: Number(days.value) };
    if ((await action.run(() => desk("POST /federation/lists", { body }))) !== undefined) done();
  };
  return html`<form class="card form" onSubmit=${onSubmit(send)} aria-label=${w.publish}>
    <${TextField} id="list-name" label=${w.name} hint=${w.nameHint} ...${bound(name)} required pattern="[a-z0-9\\-]{1,32}" autocomplete="off" />
    <${TextField} id="list-title" label=${w.listTitle} ...${bound(title)} required maxlength="100" autocomplete="off" />
    <${TextField} id="list-days" label=${w.silentDays} hint=${w.silentDaysHint} type="number" min="1" max="365" ...${bound(days)} required />
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.publish}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
