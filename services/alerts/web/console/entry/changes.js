// The changes of an entry, newest first.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { moment, reason } from "../formats.js";
import { Loading } from "../parts/loading.js";
import { StateChip } from "../parts/state.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";

/** @param {{ id: string, revision: number }} props */
export function Changes({ id, revision }) {
  const w = words.value;
  const read = () => desk("GET /watchlist/entries/{entry}/history", { path: { entry: id } });
  const { found, fault } = useReading(read, id, revision);
  if (found.value === null) return html`<${Loading} fault=${fault} />`;
  return html`<ol class="changes">
    ${found.value.changes.toReversed().map(
      (change, n) => html`<li key=${n}>
        <time dateTime=${change.at}>${moment(change.at)}</time>
        <${StateChip} of=${change.state} /><b>${change.account}</b>${change.of_amendment && html`<span class="chip change">${w.change.chip}</span>`}
        <span>${reason(change.reason) || (change.generation === null ? w.changedDraft : "")}</span>
      </li>`,
    )}
  </ol>`;
}
