// Asking to answer somebody: by what is looked for, who stands there, and the number of the signed form.
import { useSignal } from "@preact/signals";
import { bound, onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { AccessRequestBody } from "../../types/openapi" */

/** @param {{ changed: () => void }} props */
export function AskAccess({ changed }) {
  const w = words.value.access;
  const kind = useSignal("photo");
  const asks = useSignal("self");
  const consent = useSignal("");
  const action = useAction();
  const send = async () => {
    const body = /** @type {AccessRequestBody} */ ({ kind: kind.value, asks: asks.value, consent: consent.value.trim() });
    const made = await action.run(() => desk("POST /watchlist/access-requests", { body }));
    if (made === undefined) return;
    consent.value = "";
    changed();
  };
  return html`<section class="card">
    <h2>${w.ask}</h2>
    <form class="choose" onSubmit=${onSubmit(send)}>
      <${Field} id="access-kind" label=${w.by}>
        <select id="access-kind" value=${kind.value} onChange=${onText((each) => (kind.value = each))}>
          ${Object.entries(w.kinds).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
        </select>
      <//>
      <${Field} id="access-asks" label=${w.who}>
        <select id="access-asks" value=${asks.value} onChange=${onText((each) => (asks.value = each))}>
          ${Object.entries(w.asks).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
        </select>
      <//>
      <${TextField} id="access-consent" label=${w.consent} hint=${w.consentHint} required maxlength="24" autocomplete="off"
        pattern="[A-Z]{0,6}[\\-\\/]?[0-9]{1,8}([\\-\\/][0-9]{1,8}){0,2}" title=${w.consentHint} ...${bound(consent)} />
      <${Fault} fault=${action.fault} />
      <div class="buttons"><button class="go" disabled=${action.busy.value}>${w.askButton}</button></div>
    </form>
  </section>`;
}
