// Who is on duty, in the order in which phones ring; a keeper takes off duty who has forgotten it.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { moment } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { Loading } from "../parts/loading.js";
import { useAction } from "../use-action.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
/** @import { OnDuty as Roster } from "../../types/openapi" */

export function OnDuty() {
  const w = words.value.delivery;
  const { found, fault, again } = useReading(() => ask("GET /duty"));
  const action = useAction();
  // Of others only keepers say it, who keep the rules too.
  const keeps = state.may("set_rule");
  /** @param {Roster} who */
  const takeOff = ({ site, account }) =>
    action.run(async () => {
      await ask("PUT /duty", { body: { site, account, on: false } });
      await again();
    });
  return html`<section class="card">
    <h2>${w.onDuty}</h2>
    <p class="hint">${w.onDutyText}</p>
    ${found.value === null && html`<${Loading} fault=${fault} />`}
    ${found.value?.on_duty.length === 0 && html`<p class="nobody">${w.nobodyOnDuty}</p>`}
    <ol class="arranged">
      ${found.value?.on_duty.map(
        (each) => html`<li key=${`${each.site} ${each.account}`}>
          <div class="head"><b>${each.account}</b><span>${each.site}</span></div>
          <p>${w.since(moment(each.since))} · ${w.phonesOf(each.phones)}</p>
          <p class="hint">${each.proven_at ? w.provenAt(moment(each.proven_at)) : w.notProven}</p>
          ${keeps &&
          html`<div class="buttons"><button type="button" class="second" disabled=${action.busy.value}
            aria-label=${w.of(w.takeOff, each.account)} onClick=${() => takeOff(each)}>${w.takeOff}</button></div>`}
        </li>`,
      )}
    </ol>
    <${Fault} fault=${action.fault} />
  </section>`;
}
