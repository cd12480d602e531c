// What was said of one file or row.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { Preview } from "../faces/preview.js";
import { Findings } from "../parts/findings.js";
import { VerdictChip } from "../parts/verdict.js";
import { words } from "../words.js";
/** @import { ItemView } from "../../types/openapi" */

/** @param {{ row: ItemView, file?: File }} props */
export function Item({ row, file }) {
  const w = words.value;
  return html`<li class="item">
    ${file && html`<${Preview} file=${file} alt=${row.name} />`}
    <div class="about">
      <p><b>${row.name}</b>${row.external_id && html`<small>${row.external_id}</small>`}</p>
      <p><${VerdictChip} of=${row.verdict} />
        ${row.entry && row.verdict !== "rejected" && html`<a href=${address("watchlist", row.entry)}>${w.openEntry}</a>`}</p>
      <${Findings} of=${row.findings} />
    </div>
  </li>`;
}
