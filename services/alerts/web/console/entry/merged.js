// Who was merged into this person, and taking that back.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { address, go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { WithReason } from "../parts/with-reason.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView }} props */
export function MergedEntries({ entry }) {
  const w = words.value;
  const parting = useSignal(/** @type {string | null} */ (null)); // which one is to be parted again
  const merged = entry.merged ?? [];
  if (merged.length === 0) return null;
  const may = state.may("part_entries") && ["active", "suspended"].includes(entry.state) && !entry.amendment && !entry.renewal;
  /** @param {string} reason */
  const work = async (reason) => {
    if (parting.value === null) return;
    const body = { other: parting.value, reason };
    const draft = await desk("POST /watchlist/entries/{entry}/parting", { path: { entry: entry.id }, body });
    go("watchlist", draft.id);
  };
  return html`<section class="card">
    <h2>${w.merged.title}</h2>
    <ul class="merged-list">
      ${merged.map(
        (one) => html`<li key=${`${one.other} ${one.at}`}>
          <a href=${address("watchlist", one.other)}>${one.label || w.noLabel}</a>
          <small>${w.merged.by(one.by, moment(one.at), one.photos)}${one.undone_by && one.undone_at ? ` · ${w.merged.undone(one.undone_by, moment(one.undone_at))}` : ""}</small>
          ${may && !one.undone_at && html`<button type="button" class="second" onClick=${() => (parting.value = one.other)}>${w.merged.undo}</button>`}
        </li>`,
      )}
    </ul>
    ${parting.value !== null &&
    html`<${WithReason} name="part" title=${w.merged.undo} text=${w.merged.undoText} button=${w.merged.undo} work=${work}
      done=${() => (parting.value = null)} />`}
  </section>`;
}
