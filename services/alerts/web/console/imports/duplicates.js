// Step 4: who looks like somebody listed, or like somebody else in the import.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Pair } from "../likenesses/pair.js";
import { Fault } from "../parts/fault.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { useAction } from "../use-action.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
/** @import { BatchLikeness, BatchView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/** @param {{ batch: BatchView, changed: (batch: BatchView) => void, again: () => Promise<void> }} props */
export function DuplicatesStep({ batch, changed, again }) {
  const w = words.value;
  const checked = useSignal(0);
  const action = useAction();
  const open = batch.state === "open" && state.keeps.value;
  // Looking for them is part of coming here; it can be done as often as wanted.
  const look = () =>
    action.run(async () => {
      changed(await desk("POST /watchlist/imports/{import}/check", { path: { import: batch.id } }));
      checked.value += 1;
    });
  useEffect(() => {
    if (open) look();
  }, []);
  /** @param {string | null} cursor */
  const read = (cursor) => {
    const query = { cursor, limit: 20 };
    return desk("GET /watchlist/imports/{import}/likenesses", { path: { import: batch.id }, query });
  };
  const pages = usePages(read, (page) => page.likenesses, checked.value);
  const rows = pages.found.value;
  /**
   * @param {BatchLikeness} row
   * @returns {Changed}
   */
  const decided = (row) => (entry) => {
    const likeness = entry.likenesses.find((each) => each.other === row.likeness.other) ?? row.likeness;
    pages.found.value = (pages.found.value ?? []).map((each) => (each === row ? { ...row, likeness } : each));
    again();
  };
  return html`<div class="step">
    ${action.busy.value && html`<p class="doing" role="status">${w.comparing}</p>`}
    <${Fault} fault=${action.fault} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? !action.busy.value && html`<p class="nobody">${w.noLikenesses}</p>`
        : html`<p><b>${w.toDecide(batch.undecided)}</b></p>
            ${rows.map(
              (row) => html`<div class="card" key=${`${row.entry} ${row.likeness.other}`}>
                <${Pair} entry=${row.entry} label=${row.label} likeness=${row.likeness} decides=${open} decided=${decided(row)} />
              </div>`,
            )}`}
    ${rows !== null && html`<${More} pages=${pages} />`}
    ${open && html`<a class="go" href=${address("imports", batch.id, "commit")}>${w.toCommit}</a>`}
  </div>`;
}
