// The passkeys of an account.
import { useSignal } from "@preact/signals";
import { bound } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { make } from "../shared/passkey.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
import { ways } from "../state/state.js";
import { Why } from "./why.js";
import { words } from "./words.js";
/** @import { PasskeyRow } from "../types/openapi" */

/** @param {{ account: string, passkeys: PasskeyRow[], own: boolean, may: boolean, changed: () => Promise<void> }} props */
export function Passkeys({ account, passkeys, own, may, changed }) {
  const w = words.value;
  const [name, letBe] = [useSignal(""), useSignal(false)];
  const add = async () => {
    const made = await make(await call("POST /passkeys/offer"), name.value.trim());
    letBe.value = made === null;
    if (made === null) return;
    await call("POST /passkeys", { body: made });
    await changed();
  };
  /** @param {string} passkey */
  const remove = async (passkey) => {
    await call("DELETE /accounts/{account}/passkeys/{passkey}", { path: { account, passkey } });
    await changed();
  };
  return html`<section class="card" aria-labelledby="passkeys">
    <h2 id="passkeys">${w.passkeys}</h2>
    ${passkeys.length === 0 && html`<p class="hint">${w.noPasskey}</p>`}
    <ul class="people">
      ${passkeys.map(
        (each) => html`<li key=${each.id} class="step">
          <p><b>${each.name}</b> <small class="muted">${each.page}${each.used_at && ` · ${w.usedAt(day(each.used_at))}`}</small></p>
          ${each.copied && html`<p class="notice">${w.copied}</p>`}
          ${may &&
          html`<div class="buttons"><${Why} name=${`remove-${each.id}`} title=${w.remove} asks=${false} danger work=${() => remove(each.id)} /></div>`}
        </li>`,
      )}
    </ul>
    ${letBe.value && html`<p class="hint" role="status">${w.passkeyLetBe}</p>`}
    ${own && !ways.value.passkeys && html`<p class="hint">${w.noPasskeysHere}</p>`}
    ${own &&
    ways.value.passkeys &&
    html`<${Why} name="passkey" title=${w.addPasskey} text=${w.passkeyAsk} asks=${false} work=${add}>
      <div class="field"><label for="passkey-name">${w.passkeyName}</label>
        <input id="passkey-name" ...${bound(name)} required maxlength="60" /></div>
    <//>`}
  </section>`;
}
