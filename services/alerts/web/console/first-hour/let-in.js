// Somebody is let in from here: a name makes the account, and its one-time code is handed to who shows it.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { Role } from "../../types/openapi" */
/** @import { Handed } from "../../types/page" */

/** @param {{ role: Role, hand: (made: Handed) => void }} props */
export function LetIn({ role, hand }) {
  const w = words.value.firstSteps;
  const name = useSignal("");
  const added = useSignal(/** @type {string | null} */ (null)); // its id, so that a code that failed is made anew
  const action = useAction();
  const send = () =>
    action.run(async () => {
      const body = { name: name.value.trim(), role, sites: null, identity: null };
      added.value ??= (await ask("POST /accounts", { body })).id;
      const made = await ask("POST /accounts/{account}/code", { path: { account: added.value } });
      hand({ name: body.name, made });
      name.value = "";
      added.value = null;
    });
  return html`<form class="form" onSubmit=${onSubmit(send)}>
    <${TextField} id=${`let-in-${role}`} label=${w.whom} hint=${w.whomHint} required maxlength="64" autocomplete="off" autocapitalize="none"
      spellcheck=${false} ...${bound(name)} />
    <${Fault} fault=${action.fault} />
    <button class="go" disabled=${action.busy.value}>${w.letIn[role]}</button>
  </form>`;
}
