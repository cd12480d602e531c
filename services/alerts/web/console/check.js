// Step 3: how far the sending is, and what was said of every file, worst first.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import * as state from "../state.js";
import { desk, importPath, usePages } from "./desk.js";
import { Preview } from "./faces.js";
import { Findings, title } from "./findings.js";
import { Chips, Facts, Fault, html, Loading, More, Verdict } from "./parts.js";
import { jobOf, pace } from "./sending.js";
import { words } from "./words.js";

const WORST_FIRST = ["rejected", "warning", "ready"];
const LOOK_MS = 3000;

export function Check({ batch, again }) {
  const w = words.value;
  const job = jobOf(batch.id);
  const wanted = useSignal("");
  const stage = job?.stage.value ?? null;
  // The report is read when nothing is under way: reading its names is recorded.
  const pages = usePages(
    (cursor) => desk("GET", importPath(batch.id, "items"), { query: { verdict: wanted.value, cursor, limit: "50" } }),
    "items",
    wanted.value,
    stage === "done",
  );
  useEffect(() => {
    if (stage === null) return undefined;
    again();
    if (stage !== "sending") return undefined;
    const looking = setInterval(again, LOOK_MS);
    return () => clearInterval(looking);
  }, [stage]);

  void job?.shown.value; // what was answered since then is shown together
  const rows = pages.found.value === null ? null : merged(pages.found.value, job, wanted.value);
  const all = batch.ready + batch.warning + batch.rejected + batch.rows_rejected + batch.people;
  return html`<div class="step">
    ${job && html`<${Progress} job=${job} />`}
    ${!job && batch.state === "open" && state.keeps.value &&
    html`<p class="notice">${w.notSending(batch.ready + batch.warning + batch.rejected)} <a href=${address("imports", batch.id, "files")}>${w.chooseFiles}</a></p>`}
    <${Chips} label=${w.verdict} value=${wanted.value} onChoose=${(choice) => (wanted.value = choice)}
      shown=${{ "": w.all, ...w.verdicts }} />
    <${Facts} rows=${countsOf(batch, w)} />
    <${Reasons} of=${batch.reasons} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${w.noFiles}</p>`
        : html`<ul class="items">${rows.map((row) => html`<${Item} key=${row.name} row=${row} file=${job?.files.get(row.name)} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
    ${batch.state === "open" && state.keeps.value &&
    html`<a class=${stage === "sending" || all === 0 ? "go off" : "go"} aria-disabled=${stage === "sending" || all === 0 ? "true" : undefined}
      href=${stage === "sending" || all === 0 ? undefined : address("imports", batch.id, "duplicates")}>${w.toDuplicates}</a>`}
  </div>`;
}

// The same counts here, where an import is committed, and of what became of it.
export const countsOf = (batch, w) => [
  [w.people, w.peopleCounts(batch.people, batch.people_ready, batch.people_warning, batch.people_left_out)],
  [w.photos, w.counts(batch.ready, batch.warning, batch.rejected)],
  [w.rowsRejected, batch.rows_rejected || null],
];

// What the report says, and what was said since it was read.
function merged(report, job, wanted) {
  const rows = new Map(report.map((row) => [row.name, row]));
  // Once all are judged the report says more: a later photo may not show the same person as an earlier one.
  const told = job?.stage.value === "done";
  for (const row of job?.answers.values() ?? []) {
    if (told && row.file_sha256 !== null) continue;
    if (wanted === "" || row.verdict === wanted) rows.set(row.name, row);
    else rows.delete(row.name);
  }
  const rank = (row) => WORST_FIRST.indexOf(row.verdict);
  return [...rows.values()].sort((one, other) => rank(one) - rank(other)).slice(0, Math.max(report.length, 100));
}

function Progress({ job }) {
  const w = words.value;
  const stage = job.stage.value;
  if (stage === "sending") void state.ticking.value;
  const waits = stage === "sending" && job.waiting.value > 0;
  const speed = stage === "sending" && !waits ? pace(job.recent.value, job.total - job.done.value) : null;
  return html`<section class="card sending">
    <div class="progress">
      <progress id="sending" max=${Math.max(job.total, 1)} value=${job.done.value}></progress>
      <label for="sending">${w.progress(job.done.value, job.total)}</label>
    </div>
    <p class="muted" role="status">
      ${waits ? w.stages.waiting : w.stages[stage]}${job.known.value > 0 && ` · ${w.knownBefore(job.known.value)}`}
      ${speed && html` · <span class="rate">${w.speed(speed.rate, speed.seconds)}</span>`}
    </p>
    <${Fault} fault=${job.fault} />
    ${stage === "sending" && html`<button type="button" class="second" onClick=${() => job.pause()}>${w.pause}</button>`}
    ${stage === "paused" && html`<button type="button" class="second" onClick=${() => job.resume()}>${w.resume}</button>`}
  </section>`;
}

function Reasons({ of }) {
  const counted = Object.entries(of).sort(([, one], [, other]) => other - one);
  if (counted.length === 0) return null;
  return html`<p class="hint">${counted.map(([code, times]) => `${title(code)} ${times}`).join(" · ")}</p>`;
}

function Item({ row, file }) {
  const w = words.value;
  return html`<li class="item">
    ${file && html`<${Preview} file=${file} alt=${row.name} />`}
    <div class="about">
      <p><b>${row.name}</b>${row.external_id && html`<small>${row.external_id}</small>`}</p>
      <p><${Verdict} of=${row.verdict} />
        ${row.entry && row.verdict !== "rejected" && html`<a href=${address("watchlist", row.entry)}>${w.openEntry}</a>`}</p>
      <${Findings} of=${row.findings} />
    </div>
  </li>`;
}
