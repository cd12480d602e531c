// What was done to an account, as the audit says it.
import { html } from "../shared/html.js";
import { address } from "../shared/place.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
import * as state from "../state/state.js";
import { useReading } from "./asking.js";
import { WhyNot } from "./why-not.js";
import { words } from "./words.js";

/** @param {{ id: string, name: string }} props */
export function History({ id, name }) {
  const w = words.value;
  const { found, fault } = useReading(() => call("GET /accounts/{account}/history", { path: { account: id } }));
  return html`<section class="card history"><details><summary><h2>${w.history}</h2></summary>
    <${WhyNot} fault=${fault} />
    <ul class="changes">
      ${found.value?.events.map(
        (each) => html`<li key=${each.number}><time>${day(each.at)}</time> <b>${w.acts[each.action] ?? w.otherAct}</b>
          <span>${each.was_role && each.role && each.was_role !== each.role && `${w.roleChanged(w.roles[each.was_role], w.roles[each.role])} · `}${w.by(each.by)}${each.reason && ` · ${each.reason}`}</span></li>`,
      )}
    </ul>
  </details>
  ${state.may("read_audit") && html`<a href=${address("audit", "by", name)}>${w.auditOf}</a>`}</section>`;
}
