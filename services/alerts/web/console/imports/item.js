// What was said of one photo, line or person: first who it is about.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { Preview } from "../faces/preview.js";
import { Findings } from "../parts/findings.js";
import { words } from "../words.js";
import { AnswerPhoto } from "./answer.js";
import { placeOf } from "./place-of.js";
/** @import { ItemView } from "../../types/openapi" */
/** @import { Job } from "./sending.js" */

/** @param {{ row: ItemView, job: Job | null, answered: () => Promise<void> }} props */
export function Item({ row, job, answered }) {
  const w = words.value;
  const file = job?.files.get(row.name);
  const name = row.label ?? row.external_id;
  const place = placeOf(row);
  const id = row.external_id !== name && row.external_id;
  return html`<li class="item">
    ${file && html`<${Preview} read=${async () => new Blob([await file.read()])} alt=${row.name} />`}
    <div class="about">
      <p><b>${name ?? place}</b>${id && html`<small>${id}</small>`}${name && html`<small>${place}</small>`}</p>
      <p><span class=${`chip outcome-${row.outcome}`}>${w.outcomes[row.outcome]}</span>
        ${row.entry && row.verdict !== "rejected" && html`<a href=${address("watchlist", row.entry)}>${w.openEntry}</a>`}</p>
      <${Findings} of=${row.findings} />
      ${job?.stage.value === "done" && row.outcome === "question" && html`<${AnswerPhoto} row=${row} job=${job} answered=${answered} />`}
    </div>
  </li>`;
}
