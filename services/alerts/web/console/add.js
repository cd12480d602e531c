// A new person, from words to a draft; photos follow on the draft's own page.
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { go } from "../place.js";
import { desk, useDeed } from "./desk.js";
import { EMPTY, Grounds, isWhole, saidOf, Where } from "./fields.js";
import { Back, Fault, html, Text } from "./parts.js";
import { words } from "./words.js";

export function AddPerson() {
  const w = words.value;
  const form = useSignal({ ...EMPTY, label: "", note: "", identity_number: "", external_id: "" });
  const key = useRef(crypto.randomUUID()); // sent again, the same words begin the same draft
  const deed = useDeed();
  const set = (some) => {
    form.value = { ...form.value, ...some };
    key.current = crypto.randomUUID();
  };
  const text = (name) => ({ value: form.value[name], onInput: (typed) => set({ [name]: typed }) });
  const send = async (event) => {
    event.preventDefault();
    const { identity_number, external_id, ...rest } = form.value;
    const said = { ...saidOf(rest), identity_number: identity_number || null, external_id: external_id || null };
    const entry = await deed.run(() => desk("POST", "/entries", { said, key: key.current }));
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
    <form class="form" onSubmit=${send}>
      <${Text} id="label" label=${w.label} hint=${w.labelHint} required maxlength="200" autocomplete="off" ...${text("label")} />
      <${Grounds} form=${form.value} set=${set} />
      <${Where} form=${form.value} set=${set} />
      <${Text} id="identity" label=${w.identityNumber} hint=${w.identityHint} maxlength="40" autocomplete="off"
        spellcheck=${false} ...${text("identity_number")} />
      <${Text} id="external" label=${w.externalId} hint=${w.externalHint} maxlength="64" autocomplete="off" ...${text("external_id")} />
      <${Text} id="note" label=${w.note} hint=${w.noteHint} lines=${2} maxlength="2000" ...${text("note")} />
      <p class="hint">${w.wordsAreFixed}</p>
      <${Fault} fault=${deed.fault} />
      <button class="go" disabled=${deed.busy.value || !isWhole(form.value)}>${w.toPhotos}</button>
    </form>
  </section>`;
}
