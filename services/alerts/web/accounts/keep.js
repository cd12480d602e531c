// What an administrator does with another's account.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { PurposeFields } from "./purpose-fields.js";
import { purposeOf } from "./purpose.js";
import { Why } from "./why.js";
import { words } from "./words.js";
/** @import { AccountRow } from "../types/openapi" */

/** @param {{ account: AccountRow, changed: () => Promise<void> }} props */
export function Keep({ account, changed }) {
  const w = words.value;
  const path = { account: account.id };
  const role = useSignal(account.role);
  const sites = useSignal(account.sites?.join(", ") ?? "");
  const identity = useSignal(account.identity ?? "");
  /** @param {string} reason */
  const change = async (reason) => {
    const body = { ...purposeOf(role.value, sites.value, identity.value), reason };
    await call("PUT /accounts/{account}", { path, body });
    await changed();
  };
  /** @param {string} reason */
  const disable = async (reason) => {
    await call("POST /accounts/{account}/disabling", { path, body: { reason } });
    await changed();
  };
  /** @param {string} reason */
  const enable = async (reason) => {
    await call("POST /accounts/{account}/enabling", { path, body: { reason } });
    await changed();
  };
  return html`<div class="acts">
    <${Why} name="change" title=${w.change} button=${w.save} work=${change}>
      <${PurposeFields} role=${role} sites=${sites} identity=${identity} />
    <//>
    ${account.state === "disabled"
      ? html`<${Why} key="enable" name="enable" title=${w.enable} work=${enable} />`
      : html`<${Why} key="disable" name="disable" title=${w.disable} text=${w.disableText} danger work=${disable} />`}
  </div>`;
}
