// A new channel. Its address goes to the server sealed for who sends, and is shown to nobody again.
import { useSignal } from "@preact/signals";
import { bound, onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { NAME } from "./names.js";
import { SiteField } from "./site-field.js";
/** @import { Medium } from "../../types/openapi" */

/** @type {Record<Medium, string>} */
const EXAMPLES = {
  ntfy: "http://ntfy.lan/ward", webhook: "https://his.lan/alerts", wecom: "wecombot://KEY", dingtalk: "dingtalk://SECRET@TOKEN",
  feishu: "feishu://TOKEN", mail: "mailtos://user:password@mail.lan?to=guards@ward.lan",
};

/** @param {{ changed: () => Promise<void>, done: () => void }} props */
export function ChannelForm({ changed, done }) {
  const w = words.value.delivery;
  const [name, site, address, token] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const medium = useSignal(/** @type {Medium} */ ("ntfy"));
  const secret = useSignal(/** @type {string | null} */ (null));
  const action = useAction();
  const save = async () => {
    const body = { site: site.value || null, medium: medium.value, address: address.value.trim(), token: token.value.trim() };
    const kept = await action.run(() => ask("PUT /delivery/channels/{channel}", { path: { channel: name.value }, body }));
    if (kept === undefined) return;
    address.value = token.value = "";
    await changed();
    if (kept.secret) secret.value = kept.secret;
    else done();
  };
  if (secret.value !== null) {
    return html`<div class="form" role="status">
      <p>${w.secretText}</p>
      <p class="number">${secret.value}</p>
      <button type="button" class="go" onClick=${done}>${w.noted}</button>
    </div>`;
  }
  return html`<form class="form" onSubmit=${onSubmit(save)} aria-label=${w.addChannel}>
    <${TextField} id="channel-name" label=${w.name} hint=${w.nameHint} required pattern=${NAME} autocomplete="off" ...${bound(name)} />
    <${Field} id="channel-medium" label=${w.medium}>
      <select id="channel-medium" value=${medium.value} onChange=${onText((chosen) => (medium.value = /** @type {Medium} */ (chosen)))}>
        ${Object.entries(w.media).map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}
      </select>
    <//>
    <${SiteField} id="channel-site" site=${site} />
    <${TextField} id="channel-address" type="password" label=${w.address} hint=${w.addressHint(EXAMPLES[medium.value])} required minlength="8"
      maxlength="1000" autocomplete="off" spellcheck=${false} ...${bound(address)} />
    ${medium.value === "ntfy" &&
    html`<${TextField} id="channel-token" type="password" label=${w.token} hint=${w.tokenHint} maxlength="500" autocomplete="off" ...${bound(token)} />`}
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.save}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
