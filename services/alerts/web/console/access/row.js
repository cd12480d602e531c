// One request, how far it is, and what may be done with it now.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { LookFor } from "./look-for.js";
/** @import { AccessRequest } from "../../types/openapi" */

/** @param {{ request: AccessRequest, changed: () => void }} props */
export function AccessRow({ request, changed }) {
  const w = words.value.access;
  const action = useAction();
  const mine = request.asked_by === state.account.value;
  const open = request.state === "asked" || request.state === "approved";
  const path = { number: request.number };
  const approve = () => action.run(async () => (await desk("POST /watchlist/access-requests/{number}/approval", { path }), changed()));
  const withdraw = () => action.run(async () => (await desk("POST /watchlist/access-requests/{number}/withdrawal", { path }), changed()));
  return html`<section class="card" aria-label=${w.request(request.number)}>
    <header class="head"><h2>${w.request(request.number)} <small>${request.consent}</small></h2><span class=${`chip access-${request.state}`}>${w.states[request.state]}</span></header>
    <${Facts} rows=${[
      [w.by, w.kinds[request.kind]],
      [w.who, w.asks[request.asks]],
      [w.askedBy, `${request.asked_by} · ${moment(request.asked_at)}`],
      [w.approvedBy, request.approved_by && request.approved_at && `${request.approved_by} · ${moment(request.approved_at)}`],
      [w.answered, request.answered_at && `${moment(request.answered_at)} · ${w.found(request.found ?? 0)}`],
    ]} />
    ${request.unusual && html`<p class="notice">${w.unusual}</p>`}
    <${Fault} fault=${action.fault} />
    ${mine && request.state === "asked" && html`<p class="hint">${w.another}</p>`}
    ${mine && (request.state === "approved" || request.state === "answered") && html`<${LookFor} request=${request} changed=${changed} />`}
    ${open && state.may("approve_access") &&
    html`<div class="buttons">
      ${!mine && request.state === "asked" && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.approve}</button>`}
      <button type="button" class="second" disabled=${action.busy.value} onClick=${withdraw}>${w.withdraw}</button>
    </div>`}
  </section>`;
}
