// Step 1: what the import is for.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { bodyOf, EMPTY, isWhole } from "../grounds/form.js";
import { Grounds } from "../grounds/grounds.js";
import { Where } from "../grounds/where.js";
import { Back } from "../parts/back.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { Steps } from "./steps.js";

export function NewImport() {
  const w = words.value;
  const form = useSignal({ ...EMPTY, source: "" });
  const key = useRef(crypto.randomUUID());
  const action = useAction();
  /** @param {Partial<typeof form.value>} some */
  const set = (some) => {
    form.value = { ...form.value, ...some };
    key.current = crypto.randomUUID();
  };
  const send = async () => {
    const batch = await action.run(() => desk("POST /watchlist/imports", { body: bodyOf(form.value), key: key.current }));
    if (batch !== undefined) go("imports", batch.id, "files");
  };
  return html`<section class="page narrow">
    <${Back} to=${["imports"]} text=${w.imports} />
    <h1>${w.newImport}</h1>
    <${Steps} now="purpose" />
    <p class="hint">${w.purposeText}</p>
    <form class="form" onSubmit=${onSubmit(send)}>
      <${Grounds} form=${form.value} set=${set} />
      <${Where} form=${form.value} set=${set} />
      <${TextField} id="photos-from" label=${w.photoSource} hint=${w.photoSourceHint} required maxlength="500"
        value=${form.value.source} onInput=${onText((source) => set({ source }))} />
      <p class="notice">${w.anotherApproves}</p>
      <${Fault} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value || !isWhole(form.value)}>${w.toFiles}</button>
    </form>
  </section>`;
}
