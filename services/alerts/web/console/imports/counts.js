// How many people, photos and lines of an import came to what: the same on every step. The desk counts.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { BatchView } from "../../types/openapi" */

/** What needs a person first stands first. */
export const OUTCOMES = /** @type {const} */ (["question", "refused", "warning", "listed", "ready"]);

/** @param {{ batch: BatchView, unsent?: number }} props */
export function Counts({ batch, unsent = 0 }) {
  const w = words.value;
  const { people, photos, lines } = batch.counts;
  const columns = [people, photos, ...(batch.has_table || lines.read > 0 ? [lines] : [])];
  const titles = [w.people, w.photos, w.lines].slice(0, columns.length);
  return html`<table class="counted">
    <caption class="unseen">${w.countsOf}</caption>
    <thead><tr><td></td>${titles.map((title) => html`<th scope="col" key=${title}>${title}</th>`)}</tr></thead>
    <tbody>
      ${OUTCOMES.map((outcome) => html`<tr key=${outcome} class=${columns.every((each) => each[outcome] === 0) ? "nil" : ""}>
        <th scope="row">${w.outcomes[outcome]}</th>${columns.map((each) => html`<td>${each[outcome]}</td>`)}
      </tr>`)}
      <tr class="sum"><th scope="row">${w.read}</th>${columns.map((each) => html`<td>${each.read}</td>`)}</tr>
      ${unsent > 0 && html`<tr><th scope="row">${w.notSent}</th><td></td><td>${unsent}</td>${columns.length > 2 && html`<td></td>`}</tr>`}
      <tr><th scope="row">${w.drafts}</th><td>${batch.drafts}</td>${columns.slice(1).map(() => html`<td></td>`)}</tr>
      <tr><th scope="row">${w.waitForApproval}</th><td>${batch.pending}</td>${columns.slice(1).map(() => html`<td></td>`)}</tr>
      <tr><th scope="row">${w.matching}</th><td>${batch.active}</td>${columns.slice(1).map(() => html`<td></td>`)}</tr>
    </tbody>
  </table>`;
}
