// Step 5: put everybody forward at once, the report, the approval by another account, and taking it all back.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { Live } from "../parts/live.js";
import { WithReason } from "../parts/with-reason.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { Counts } from "./counts.js";
import { DiscardImport } from "./discard.js";
import { PutForward } from "./put-forward.js";
import { ReportButtons } from "./report-button.js";
import { unsentOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {{ batch: BatchView, changed: (batch: BatchView) => void, again: () => Promise<void> }} props */
export function CommitStep({ batch, changed, again }) {
  const w = words.value;
  const live = useSignal(/** @type {number | null} */ (null));
  const asking = useSignal(/** @type {"undo" | "discard" | null} */ (null));
  const action = useAction();
  const done = () => (asking.value = null);
  const keeps = state.keeps.value;
  const undoable = batch.state === "committed" && isAhead(batch.undo_until);
  const own = batch.author === state.account.value;
  const approve = async () => {
    await action.run(async () => {
      const body = { revision: batch.revision };
      changed(await desk("POST /watchlist/imports/{import}/approval", { path: { import: batch.id }, body }));
      // An approval is a change of its own; the newest one is it, or came after it.
      live.value = (await desk("GET /watchlist/matchers")).generation;
    });
    // What was changed meanwhile is shown before anybody approves it.
    if (action.fault.value !== null) await again();
  };
  /** @param {string} reason */
  const undo = async (reason) => {
    changed(await desk("POST /watchlist/imports/{import}/undo", { path: { import: batch.id }, body: { reason } }));
    live.value = null;
  };
  // With the report its figures are gone.
  const forgotten = Boolean(batch.report_until) && !isAhead(batch.report_until);
  return html`<div class="step">
    <section class="card">
      <${Counts} batch=${batch} unsent=${unsentOf(batch.id)} />
      <${Facts} rows=${[
        [w.endsByItself, batch.ends_at && moment(batch.ends_at)],
        [w.undecidedPairs, batch.undecided || null],
        [w.committedAt, batch.committed_at && moment(batch.committed_at)],
        [w.undoUntil, undoable && batch.undo_until && moment(batch.undo_until)],
        [forgotten ? w.reportGone : w.reportUntil, batch.report_until ? moment(batch.report_until) : null],
      ]} />
      ${!forgotten && html`<${ReportButtons} batch=${batch} />`}
    </section>
    ${batch.state === "open" && keeps && html`<${PutForward} batch=${batch} changed=${changed} />`}
    <${Live} generation=${live.value} />
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      ${state.may("approve_import") && batch.state === "committed" && batch.pending > 0 && !own &&
      html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.approveAll(batch.pending)}</button>`}
      ${batch.state !== "open" && html`<a class="second link" href=${address("watchlist", "of", batch.id)}>${w.peopleOfImport}</a>`}
      ${state.may("undo_import") && undoable && html`<button type="button" class="second last" onClick=${() => (asking.value = "undo")}>${w.undo}</button>`}
      ${keeps && batch.state === "open" && html`<button type="button" class="second last" onClick=${() => (asking.value = "discard")}>${w.discardImport}</button>`}
    </div>
    ${asking.value === "undo" &&
    html`<${WithReason} name="undo" title=${w.undo} text=${w.undoText(batch.counts.people.ready + batch.counts.people.warning)} button=${w.undo} danger=${true} work=${undo} done=${done} />`}
    ${asking.value === "discard" && html`<${DiscardImport} batch=${batch} done=${done} />`}
  </div>`;
}

/** @param {string | null | undefined} moment */
const isAhead = (moment) => typeof moment === "string" && Date.parse(moment) > Date.now();
