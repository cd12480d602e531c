// An entry that is to be on a list, for all of its hospitals or for some.
import { useSignal } from "@preact/signals";
import { bound, onCheck, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { HospitalView } from "../../types/openapi" */

const ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

/** @param {{ list: string, hospitals: HospitalView[], done: () => Promise<void> }} props */
export function ShareForm({ list, hospitals, done }) {
  const w = words.value.lists;
  const entry = useSignal("");
  const chosen = useSignal(/** @type {string[]} */ ([]));
  const action = useAction();
  const send = () =>
    action.run(async () => {
      const path = { list, entry: entry.value.trim() };
      await desk("POST /federation/lists/{list}/entries/{entry}", { path, body: { hospitals: chosen.value } });
      await done();
    });
  /** @param {string} name */
  const choose = (name) => onCheck((on) => (chosen.value = on ? [...chosen.value, name] : chosen.value.filter((each) => each !== name)));
  return html`<form class="form" onSubmit=${onSubmit(send)} aria-label=${w.share}>
    <${TextField} id="share-entry" label=${w.entry} hint=${w.entryHint} ...${bound(entry)} required pattern=${ID} autocomplete="off" spellcheck=${false} />
    <fieldset>
      <legend>${w.forHospitals}</legend>
      ${hospitals
        .filter((each) => each.state !== "removed")
        .map((each) => html`<label key=${each.hospital} class="check"><input type="checkbox" checked=${chosen.value.includes(each.hospital)} onChange=${choose(each.hospital)} /> ${each.title}</label>`)}
      <p class="hint">${w.forHospitalsHint}</p>
    </fieldset>
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.askToShare}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
