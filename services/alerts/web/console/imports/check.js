// Step 3: how far the sending is, and what was said of every photo, line and person: what needs somebody first.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Chips } from "../parts/chips.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
import { Counts } from "./counts.js";
import { Item } from "./item.js";
import { merged } from "./merged.js";
import { SendingProgress } from "./progress.js";
import { Reasons } from "./reasons.js";
import { jobOf, unsentOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { ItemSort, Outcome } from "./merged.js" */

/** @param {{ batch: BatchView, again: () => Promise<void> }} props */
export function CheckStep({ batch, again }) {
  const w = words.value;
  const job = jobOf(batch.id);
  const wanted = useSignal(/** @type {Outcome | ""} */ (""));
  const sort = useSignal(/** @type {ItemSort} */ ("need"));
  const stage = job?.stage.value ?? null;
  // The report is read when nothing is under way: reading its names is recorded.
  /** @param {string | null} cursor */
  const read = (cursor) => {
    const query = { outcome: wanted.value, sort: sort.value, cursor, limit: 50 };
    return desk("GET /watchlist/imports/{import}/items", { path: { import: batch.id }, query });
  };
  const pages = usePages(read, (page) => page.items, wanted.value, sort.value, stage === "done");
  useEffect(() => {
    if (stage !== null) again();
  }, [stage]);

  const answered = async () => {
    await Promise.all([again(), pages.again()]);
  };
  /** @param {string} choice */
  const choose = (choice) => (wanted.value = /** @type {Outcome | ""} */ (choice));
  void job?.shown.value; // what was answered since then is shown together
  const rows = pages.found.value === null ? null : merged(pages.found.value, job, wanted.value, sort.value);
  const { photos, lines, people } = batch.counts;
  const isOff = stage === "sending" || photos.read + lines.read + people.read === 0;
  return html`<div class="step">
    ${job && html`<${SendingProgress} job=${job} />`}
    <${Counts} batch=${batch} unsent=${unsentOf(batch.id)} />
    <${Reasons} of=${batch.reasons} />
    <${Chips} label=${w.outcome} value=${wanted.value} onChoose=${choose} labels=${{ "": w.all, ...w.outcomes }} />
    <${Chips} label=${w.sortBy} value=${sort.value} onChoose=${(/** @type {string} */ to) => (sort.value = /** @type {ItemSort} */ (to))} labels=${w.itemSorts} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${w.noFiles}</p>`
        : html`<ul class="items">${rows.map((row) => html`<${Item} key=${`${row.kind} ${row.name}`} row=${row} job=${job} answered=${answered} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
    ${batch.state === "open" && state.keeps.value &&
    html`<a class=${isOff ? "go off" : "go"} aria-disabled=${isOff ? "true" : undefined}
      href=${isOff ? undefined : address("imports", batch.id, "duplicates")}>${w.toDuplicates}</a>`}
  </div>`;
}
