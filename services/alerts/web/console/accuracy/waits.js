// A report that waits for its approval: two people compare its digest.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { date, figure, moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { AccuracyInstalled, AccuracyProposal } from "../../types/openapi" */

/** @param {{ proposal: AccuracyProposal, changed: (view: AccuracyInstalled) => void }} props */
export function WaitingReport({ proposal, changed }) {
  const w = words.value;
  const action = useAction();
  const path = { number: proposal.number };
  const approve = () => action.run(async () => changed(await desk("POST /watchlist/accuracy/{number}/approval", { path })));
  const withdraw = () =>
    action.run(async () => changed(await desk("POST /watchlist/accuracy/{number}/withdrawal", { path })));
  const own = proposal.asked_by === state.account.value;
  return html`<section class="card">
    <h2>${w.waits}</h2>
    <${Facts} rows=${[
      [w.accuracy.dataset, proposal.dataset],
      [w.accuracy.measuredOn, date(proposal.measured_on)],
      [w.floor, figure(proposal.floor)],
      [w.accuracy.digest, html`<code class="digest">${proposal.digest}</code>`],
      [w.askedBy, `${proposal.asked_by} · ${moment(proposal.asked_at)}`],
      [w.reasonLabel, proposal.reason],
    ]} />
    <p>${w.accuracy.compare}</p>
    ${own && state.may("approve_accuracy") && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${action.fault} />
    ${state.may("approve_accuracy") &&
    html`<div class="buttons">
      ${!own && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.acts.approve}</button>`}
      <button type="button" class="second" disabled=${action.busy.value} onClick=${withdraw}>${w.withdraw}</button>
    </div>`}
  </section>`;
}
