// Step 5: put everybody forward at once, the report, the approval by another account, and taking it all back.
import { useSignal } from "@preact/signals";
import { address, go } from "../place.js";
import * as state from "../state.js";
import { countsOf } from "./check.js";
import { desk, importPath, useDeed } from "./desk.js";
import { Live } from "./live.js";
import { Facts, Fault, html, Icon, Sure, Text, WithReason } from "./parts.js";
import { save } from "./report.js";
import { jobOf } from "./sending.js";
import { moment, words } from "./words.js";

export function Commit({ batch, told, again }) {
  const w = words.value;
  const live = useSignal(null);
  const asking = useSignal(null);
  const deed = useDeed();
  const done = () => (asking.value = null);
  const keeps = state.keeps.value;
  const undoable = batch.state === "committed" && Date.parse(batch.undo_until) > Date.now();
  const own = batch.author === state.me.value.account;
  const approve = async () => {
    await deed.run(async () => {
      told(await desk("POST", importPath(batch.id, "approval"), { said: { revision: batch.revision } }));
      // An approval is a change of its own; the newest one is it, or came after it.
      live.value = (await desk("GET", "/matchers")).generation;
    });
    // What was changed meanwhile is shown before anybody approves it.
    if (deed.fault.value !== null) await again();
  };
  const undo = async (reason) => {
    told(await desk("POST", importPath(batch.id, "undo"), { said: { reason } }));
    live.value = null;
  };
  // With the report its figures are gone.
  const forgotten = batch.report_until != null && Date.parse(batch.report_until) <= Date.now();
  return html`<div class="step">
    <section class="card">
      <${Facts} rows=${[
        ...countsOf(batch, w),
        [w.endsByItself, batch.ends_at && moment(batch.ends_at)],
        [w.undecidedPairs, batch.undecided || null],
        [w.committedAt, batch.committed_at && moment(batch.committed_at)],
        [w.waitForApproval, batch.committed_at && batch.state === "committed" ? batch.pending : null],
        [w.matching, batch.committed_at ? batch.active : null],
        [w.undoUntil, undoable ? moment(batch.undo_until) : null],
        [forgotten ? w.reportGone : w.reportUntil, batch.report_until ? moment(batch.report_until) : null],
      ]} />
      ${!forgotten && html`<${Report} batch=${batch} />`}
    </section>
    ${batch.state === "open" && keeps && html`<${PutForward} batch=${batch} told=${told} />`}
    <${Live} generation=${live.value} />
    ${batch.state === "committed" && batch.pending > 0 && own && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${deed.fault} />
    <div class="buttons">
      ${keeps && batch.state === "committed" && batch.pending > 0 && !own &&
      html`<button type="button" class="go" disabled=${deed.busy.value} onClick=${approve}>${w.approveAll(batch.pending)}</button>`}
      ${batch.state !== "open" && html`<a class="second link" href=${address("watchlist", "of", batch.id)}>${w.peopleOfImport}</a>`}
      ${keeps && undoable && html`<button type="button" class="second last" onClick=${() => (asking.value = "undo")}>${w.undo}</button>`}
      ${keeps && batch.state === "open" && html`<button type="button" class="second last" onClick=${() => (asking.value = "discard")}>${w.discardImport}</button>`}
    </div>
    ${asking.value === "undo" &&
    html`<${WithReason} name="undo" title=${w.undo} text=${w.undoText(batch.people_ready + batch.people_warning)} button=${w.undo} danger=${true} work=${undo} done=${done} />`}
    ${asking.value === "discard" && html`<${Discard} batch=${batch} done=${done} />`}
  </div>`;
}

// Who is left out and which warnings are accepted is said here, where it is done.
function PutForward({ batch, told }) {
  const w = words.value;
  const leaveOut = useSignal(false);
  const accept = useSignal(false);
  const reason = useSignal("");
  const deed = useDeed();
  const sending = jobOf(batch.id)?.stage.value === "sending";
  const ready =
    !sending && !deed.busy.value && batch.undecided === 0 && (!accept.value || reason.value.trim().length >= 3);
  const commit = (event) => {
    event.preventDefault();
    const said = { leave_out_rejected: leaveOut.value, accept_warnings: accept.value ? reason.value.trim() : null };
    deed.run(async () => told(await desk("POST", importPath(batch.id, "commit"), { said })));
  };
  return html`<form class="card form" onSubmit=${commit}>
    <p>${w.commitText}</p>
    ${batch.undecided > 0 && html`<p class="notice">${w.toDecide(batch.undecided)} <a href=${address("imports", batch.id, "duplicates")}>${w.decideNow}</a></p>`}
    <label class="check"><input type="checkbox" checked=${leaveOut.value} onChange=${(event) => (leaveOut.value = event.target.checked)} />${w.leaveOut(batch.people_left_out, batch.rejected + batch.rows_rejected)}</label>
    <label class="check"><input type="checkbox" checked=${accept.value} onChange=${(event) => (accept.value = event.target.checked)} />${w.acceptAll(batch.warning)}</label>
    ${accept.value &&
    html`<${Text} id="accept-reason" label=${w.reason} lines=${2} required minlength="3" maxlength="500" value=${reason.value}
      onInput=${(text) => (reason.value = text)} />`}
    <${Fault} fault=${deed.fault} />
    <button class="go" disabled=${!ready}>${deed.busy.value ? w.committing : w.commit(batch.people_ready + batch.people_warning)}</button>
  </form>`;
}

function Report({ batch }) {
  const w = words.value;
  const deed = useDeed();
  const local = [...(jobOf(batch.id)?.answers.values() ?? [])].filter((row) => row.file_sha256 === null);
  return html`<button type="button" class="second" disabled=${deed.busy.value} onClick=${() => deed.run(() => save(batch.id, local))}>
      <${Icon} name="down" />${w.report}
    </button>
    <${Fault} fault=${deed.fault} />`;
}

function Discard({ batch, done }) {
  const w = words.value;
  const deed = useDeed();
  const discard = async (event) => {
    event.preventDefault();
    jobOf(batch.id)?.stop();
    const gone = await deed.run(() => desk("POST", importPath(batch.id, "discard")));
    if (gone !== undefined) go("imports");
  };
  return html`<${Sure} title=${w.discardImport} text=${w.discardText} button=${w.discardImport} danger=${true} deed=${deed}
    send=${discard} done=${done} />`;
}
