// One account: what it is for, how it signs in, where it is signed in.
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import * as state from "../state/state.js";
import { useReading } from "./asking.js";
import { Code } from "./code.js";
import { Devices } from "./devices.js";
import { WhyNot } from "./why-not.js";
import { History } from "./history.js";
import { Keep } from "./keep.js";
import { Passkeys } from "./passkeys.js";
import { words } from "./words.js";

/** @param {{ id: string }} props */
export function Account({ id }) {
  const w = words.value;
  const path = { account: id };
  const { found, fault, again } = useReading(() => call("GET /accounts/{account}", { path }));
  if (found.value === null) {
    return html`<div class="page narrow"><${WhyNot} fault=${fault} />
      ${fault.value === null && html`<p class="muted" role="status">${w.loading}</p>`}</div>`;
  }
  const { account, devices, passkeys } = found.value;
  const own = id === state.me.value?.id;
  return html`<div class="page narrow">
    <div class="head"><h1>${account.name}</h1>
      <span class=${`chip ${account.state === "disabled" ? "state-revoked" : ""}`}>${w.states[account.state]}</span></div>
    <section class="card">
      <dl class="facts">
        <div><dt>${w.role}</dt><dd>${w.roles[account.role]}<br /><small class="muted">${w.duties[account.role]}</small></dd></div>
        <div><dt>${w.sites}</dt><dd>${account.sites?.join(", ") ?? w.everySite}</dd></div>
        ${account.identity && html`<div><dt>${w.identity}</dt><dd>${account.identity}</dd></div>`}
        ${account.disabled_reason && html`<div><dt>${w.reasonLabel}</dt><dd>${account.disabled_reason}</dd></div>`}
      </dl>
      ${account.kept && state.may("make_code") && account.state !== "disabled" && html`<${Code} id=${id} changed=${again} />`}
      ${account.kept && state.may("change_account") && html`<${Keep} account=${account} changed=${again} />`}
    </section>
    <${WhyNot} fault=${fault} />
    <${Passkeys} account=${id} passkeys=${passkeys} own=${own} may=${own || account.kept} changed=${again} />
    <${Devices} account=${id} devices=${devices} own=${own} may=${own || account.kept} changed=${again} />
    ${state.may("account_history") && html`<${History} id=${id} name=${account.name} />`}
  </div>`;
}
