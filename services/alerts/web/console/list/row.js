// One person of the list.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { category, date, moment } from "../formats.js";
import { Countdown } from "../parts/countdown.js";
import { StateChip } from "../parts/state.js";
import { words } from "../words.js";
import { RowFace } from "./row-face.js";
/** @import { EntryRow } from "../../types/openapi" */

/**
 * `faces`: whether somebody asked for the faces of the list; `opening` hears which row is opened.
 * @param {{ row: EntryRow, faces: boolean, opening?: (id: string) => void }} props
 */
export function PersonRow({ row, faces, opening }) {
  const w = words.value;
  const mayApprove = state.may("approve_entry") && row.state === "pending" && row.author !== state.account.value;
  return html`<li>
    <a class=${faces ? "person with-face" : "person"} href=${address("watchlist", row.id)} onClick=${() => opening?.(row.id)}>
      ${faces && html`<${RowFace} entry=${row.id} position=${row.first_photo ?? null} />`}
      <span class="who"><b>${row.state === "erased" ? w.erasedPerson : row.label || w.noLabel}</b><small>${category(row.category)} · ${w.where(row.scope)}${row.origin && ` · ${row.origin.title}`}</small></span>
      <span class="by"><small>${w.author}</small>${row.author}</span>
      <span class="photos"><small>${w.photos}</small>${row.photos}</span>
      <span class="ends"><small>${row.state === "erased" ? w.erasure : `${w.lastDay} ${date(row.last_day)}`}</small>${row.state === "erased" ? moment(row.changed_at) : html`<${Countdown} to=${row.expires_at} />`}</span>
      <span class="at">${row.amends && html`<span class="chip change">${w.change.chip}</span>`}<${StateChip} of=${row.state} />${mayApprove && html`<small class="asks">${w.needsApproval}</small>`}</span>
    </a>
  </li>`;
}
