// How many different people must agree on an alert: what holds, what waits, and asking for another number.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { AskForReviewers } from "./ask-reviewers.js";
import { WaitingReviewers } from "./waiting-reviewers.js";
/** @import { ReviewersView } from "../../types/openapi" */

export function Reviewers() {
  const w = words.value.reviewers;
  const { found, fault } = useReading(() => desk("GET /watchlist/reviewers"));
  const view = found.value;
  if (view === null) return html`<${Loading} fault=${fault} />`;
  /** @param {ReviewersView} now */
  const changed = (now) => {
    found.value = now;
  };
  return html`<section class="card" id="held-reviewers">
      <h2>${w.title}</h2>
      <p class="big">${w.people(view.everywhere)}</p>
      <p class="hint">${w.text}</p>
      <${Facts} rows=${view.holds.map((change) => [
        change.site || w.everywhere,
        html`${w.people(change.reviewers)} · <span>${change.reason}</span> · <span>${change.asked_by}, ${change.approved_by}</span> ·
          ${change.approved_at && moment(change.approved_at)}`,
      ])} />
    </section>
    ${view.waits && html`<${WaitingReviewers} waits=${view.waits} changed=${changed} />`}
    ${!view.waits && state.may("ask_reviewers") && html`<${AskForReviewers} view=${view} changed=${changed} />`}`;
}
