// A number of reviewers that waits for another account.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ReviewersChange, ReviewersView } from "../../types/openapi" */

/** @param {{ waits: ReviewersChange, changed: (view: ReviewersView) => void }} props */
export function WaitingReviewers({ waits, changed }) {
  const w = words.value;
  const action = useAction();
  const path = { number: waits.number };
  const approve = () =>
    action.run(async () => changed(await desk("POST /watchlist/reviewers/{number}/approval", { path })));
  const withdraw = () =>
    action.run(async () => changed(await desk("POST /watchlist/reviewers/{number}/withdrawal", { path })));
  const own = waits.asked_by === state.account.value;
  return html`<section class="card" id="waiting-reviewers">
    <h2>${w.waits}</h2>
    <p class="big">${w.reviewers.people(waits.reviewers)}</p>
    <${Facts} rows=${[
      [w.reviewers.where, waits.site || w.reviewers.everywhere],
      [w.askedBy, `${waits.asked_by} · ${moment(waits.asked_at)}`],
      [w.reasonLabel, waits.reason],
    ]} />
    ${own && state.may("approve_reviewers") && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${action.fault} />
    ${state.may("approve_reviewers") &&
    html`<div class="buttons">
      ${!own && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.acts.approve}</button>`}
      <button type="button" class="second" disabled=${action.busy.value} onClick=${withdraw}>${w.withdraw}</button>
    </div>`}
  </section>`;
}
