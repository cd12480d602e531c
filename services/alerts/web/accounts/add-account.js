// A new account; its code is made on its own page.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { address, go } from "../shared/place.js";
import { call } from "../shared/request.js";
import { useAction } from "./asking.js";
import { WhyNot } from "./why-not.js";
import { PurposeFields } from "./purpose-fields.js";
import { purposeOf } from "./purpose.js";
import { words } from "./words.js";

export function AddAccount() {
  const w = words.value;
  const [name, role, sites, identity] = [useSignal(""), useSignal("guard"), useSignal(""), useSignal("")];
  const action = useAction();
  const send = async () => {
    const body = { name: name.value.trim(), ...purposeOf(role.value, sites.value, identity.value) };
    const added = await action.run(() => call("POST /accounts", { body }));
    if (added) go("accounts", added.id);
  };
  return html`<div class="page narrow">
    <h1>${w.add}</h1>
    <form class="card" onSubmit=${onSubmit(send)}>
      <div class="field"><label for="name">${w.name}</label>
        <input id="name" ...${bound(name)} required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck=${false} aria-describedby="name-hint" />
        <p id="name-hint" class="hint">${w.nameHint}</p></div>
      <${PurposeFields} role=${role} sites=${sites} identity=${identity} />
      <${WhyNot} fault=${action.fault} />
      <div class="buttons">
        <button class="go" disabled=${action.busy.value || name.value.trim() === ""}>${w.add}</button>
        <a class="second" href=${address("accounts")}>${w.cancel}</a>
      </div>
    </form>
  </div>`;
}
