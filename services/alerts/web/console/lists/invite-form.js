// A hospital that is to have a list.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";

/** @param {{ list: string, done: () => Promise<void> }} props */
export function InviteForm({ list, done }) {
  const w = words.value.lists;
  const [name, title, address, authority] = [useSignal(""), useSignal(""), useSignal("tls://"), useSignal("")];
  const action = useAction();
  const send = () =>
    action.run(async () => {
      const body = {
        hospital: name.value.trim(), title: title.value.trim(), addresses: address.value.split(/[\s,]+/).filter(Boolean),
        authority: authority.value.trim(), days: 14,
      };
      await desk("POST /federation/lists/{list}/hospitals", { path: { list }, body });
      await done();
    });
  return html`<form class="form" onSubmit=${onSubmit(send)} aria-label=${w.invite}>
    <${TextField} id="hospital-name" label=${w.hospitalName} hint=${w.nameHint} ...${bound(name)} required pattern="[a-z0-9\\-]{1,32}" autocomplete="off" />
    <${TextField} id="hospital-title-field" label=${w.hospitalTitle} ...${bound(title)} required maxlength="100" autocomplete="off" />
    <${TextField} id="hospital-address" label=${w.address} hint=${w.addressHint} ...${bound(address)} required pattern="tls://\\S+:[0-9]{1,5}([\\s,]+tls://\\S+:[0-9]{1,5})*" autocomplete="off" spellcheck=${false} />
    <${TextField} id="hospital-authority" label=${w.authority} hint=${w.authorityHint} lines=${3} ...${bound(authority)} maxlength="16384" spellcheck=${false} />
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.askToInvite}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
