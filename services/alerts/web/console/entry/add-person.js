// A new person, from words to a draft; photos follow on the draft's own page.
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

export function AddPerson() {
  const w = words.value;
  const form = useSignal({ ...EMPTY, label: "", note: "", identity_number: "", external_id: "" });
  const key = useRef(crypto.randomUUID()); // sent again, the same words begin the same draft
  const action = useAction();
  /** @param {Partial<typeof form.value>} some */
  const set = (some) => {
    form.value = { ...form.value, ...some };
    key.current = crypto.randomUUID();
  };
  /** @param {"label" | "note" | "identity_number" | "external_id"} name */
  const text = (name) => ({ value: form.value[name], onInput: onText((typed) => set({ [name]: typed })) });
  const send = async () => {
    const { identity_number, external_id, ...rest } = form.value;
    const body = { ...bodyOf(rest), identity_number: identity_number || null, external_id: external_id || null };
    const entry = await action.run(() => desk("POST /watchlist/entries", { body, key: key.current }));
    if (entry !== undefined) go("watchlist", entry.id);
  };
  return html`<section class="page narrow">
    <${Back} to=${["watchlist"]} text=${w.watchlist} />
    <h1>${w.addPerson}</h1>
    <ol class="steps">
      ${[w.stepWords, w.photos, w.stepSubmit].map(
        (step, n) => html`<li aria-current=${n === 0 ? "step" : undefined}><span>${n + 1}</span>${step}</li>`,
      )}
    </ol>
    <form class="form" onSubmit=${onSubmit(send)}>
      <${TextField} id="label" label=${w.label} hint=${w.labelHint} required maxlength="200" autocomplete="off" ...${text("label")} />
      <${Grounds} form=${form.value} set=${set} />
      <${Where} form=${form.value} set=${set} />
      <${TextField} id="identity" label=${w.identityNumber} hint=${w.identityHint} maxlength="40" autocomplete="off"
        spellcheck=${false} ...${text("identity_number")} />
      <${TextField} id="external" label=${w.externalId} hint=${w.externalHint} maxlength="64" autocomplete="off" ...${text("external_id")} />
      <${TextField} id="note" label=${w.note} hint=${w.noteHint} lines=${2} maxlength="2000" ...${text("note")} />
      <p class="hint">${w.wordsAreFixed}</p>
      <${Fault} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value || !isWhole(form.value)}>${w.toPhotos}</button>
    </form>
  </section>`;
}
