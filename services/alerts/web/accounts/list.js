// Every account that whoever looks keeps, or audits.
import { html } from "../shared/html.js";
import { address } from "../shared/place.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
import * as state from "../state/state.js";
import { useReading } from "./asking.js";
import { WhyNot } from "./why-not.js";
import { words } from "./words.js";

export function AccountList() {
  const w = words.value;
  const { found, fault } = useReading(() => call("GET /accounts"));
  return html`<div class="page">
    <div class="head">
      <h1>${w.accounts}</h1>
      ${state.may("add_account") && html`<a class="go" href=${address("accounts", "new")}>${w.add}</a>`}
    </div>
    <${WhyNot} fault=${fault} />
    ${found.value === null && fault.value === null && html`<p class="muted" role="status">${w.loading}</p>`}
    <ul class="people">
      ${found.value?.accounts.map(
        (each) => html`<li key=${each.id}><a class="person" href=${address("accounts", each.id)}>
          <span class="who"><b>${each.name}</b><small>${w.roles[each.role]} · ${each.sites?.join(", ") ?? w.everySite}${each.devices > 0 && ` · ${w.devicesOf(each.devices)}`}${each.used_at && ` · ${w.usedAt(day(each.used_at))}`}</small></span>
          <span class="at"><span class=${`chip ${each.state === "disabled" ? "state-revoked" : ""}`}>${w.states[each.state]}</span></span>
        </a></li>`,
      )}
    </ul>
  </div>`;
}
