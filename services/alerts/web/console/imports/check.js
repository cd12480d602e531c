// Step 3: how far the sending is, and what was said of every file, worst first.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Chips } from "../parts/chips.js";
import { Facts } from "../parts/facts.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
import { countsOf } from "./counts.js";
import { Item } from "./item.js";
import { merged } from "./merged.js";
import { SendingProgress } from "./progress.js";
import { Reasons } from "./reasons.js";
import { jobOf } from "./sending.js";
/** @import { BatchView, PhotoVerdict } from "../../types/openapi" */

const LOOK_MS = 3000;

/** @param {{ batch: BatchView, again: () => Promise<void> }} props */
export function CheckStep({ batch, again }) {
  const w = words.value;
  const job = jobOf(batch.id);
  const wanted = useSignal(/** @type {PhotoVerdict | ""} */ (""));
  const stage = job?.stage.value ?? null;
  // The report is read when nothing is under way: reading its names is recorded.
  /** @param {string | null} cursor */
  const read = (cursor) => {
    const query = { verdict: wanted.value, cursor, limit: 50 };
    return desk("GET /watchlist/imports/{import}/items", { path: { import: batch.id }, query });
  };
  const pages = usePages(read, (page) => page.items, wanted.value, stage === "done");
  useEffect(() => {
    if (stage === null) return undefined;
    again();
    if (stage !== "sending") return undefined;
    const looking = setInterval(again, LOOK_MS);
    return () => clearInterval(looking);
  }, [stage]);

  /** @param {PhotoVerdict | ""} choice */
  const choose = (choice) => (wanted.value = choice);
  void job?.shown.value; // what was answered since then is shown together
  const rows = pages.found.value === null ? null : merged(pages.found.value, job, wanted.value);
  const all = batch.ready + batch.warning + batch.rejected + batch.rows_rejected + batch.people;
  return html`<div class="step">
    ${job && html`<${SendingProgress} job=${job} />`}
    ${!job && batch.state === "open" && state.keeps.value &&
    html`<p class="notice">${w.notSending(batch.ready + batch.warning + batch.rejected)} <a href=${address("imports", batch.id, "files")}>${w.chooseFiles}</a></p>`}
    <${Chips} label=${w.verdict} value=${wanted.value} onChoose=${choose}
      labels=${{ "": w.all, ...w.verdicts }} />
    <${Facts} rows=${countsOf(batch)} />
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
