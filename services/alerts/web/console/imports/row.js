// One import of the list.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { category, moment } from "../formats.js";
import { words } from "../words.js";
import { OUTCOMES } from "./counts.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {BatchView} row */
const inShort = ({ counts: { people } }) =>
  OUTCOMES.filter((outcome) => people[outcome] > 0).map((outcome) => `${words.value.outcomes[outcome]} ${people[outcome]}`).join(" · ");

/** @param {{ row: BatchView }} props */
export function ImportRow({ row }) {
  const w = words.value;
  const next = row.state === "open" && state.keeps.value ? w.goOn : row.pending > 0 && state.may("approve_import") ? w.needsApproval : "";
  return html`<li>
    <a class="person import" href=${address("imports", row.id)}>
      <span class="who"><b>${category(row.purpose.category)}</b><small>${moment(row.opened_at)} · ${row.author}</small></span>
      <span class="by"><small>${w.people}</small>${row.counts.people.read}</span>
      <span class="counts"><small>${w.people}</small>${inShort(row)}</span>
      <span class="at"><span class=${`chip import-${row.state}`}>${w.batchStates[row.state]}</span>
        ${next && html`<small class="asks">${next}</small>`}</span>
    </a>
  </li>`;
}
