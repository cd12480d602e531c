// A threshold that waits for its approval.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { figure, moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ThresholdProposal, ThresholdView } from "../../types/openapi" */

/** @param {{ proposal: ThresholdProposal, changed: (view: ThresholdView) => void }} props */
export function WaitingThreshold({ proposal, changed }) {
  const w = words.value;
  const action = useAction();
  const path = { number: proposal.number };
  const approve = () =>
    action.run(async () => changed(await desk("POST /watchlist/threshold/{number}/approval", { path })));
  const withdraw = () =>
    action.run(async () => changed(await desk("POST /watchlist/threshold/{number}/withdrawal", { path })));
  const budget = proposal.weekly_false_alerts ?? null;
  const own = proposal.asked_by === state.account.value;
  return html`<section class="card">
    <h2>${w.waits}</h2>
    <p class="big">${figure(proposal.threshold)}</p>
    <${Facts} rows=${[[w.budget, budget === null ? w.noBudget : w.aWeek(budget.toLocaleString())], [w.askedBy, `${proposal.asked_by} · ${moment(proposal.asked_at)}`], [w.reasonLabel, proposal.reason]]} />
    ${own && state.may("approve_threshold") && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${action.fault} />
    ${state.may("approve_threshold") &&
    html`<div class="buttons">
      ${!own && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.acts.approve}</button>`}
      <button type="button" class="second" disabled=${action.busy.value} onClick=${withdraw}>${w.withdraw}</button>
    </div>`}
  </section>`;
}
