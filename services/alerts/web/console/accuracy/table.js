// Figures below each other; a wide table is moved within itself.
import { html } from "../../shared/html.js";

/** @param {{ label: string, head: string[], rows: (string | number)[][] }} props */
export function Figures({ label, head, rows }) {
  return html`<div class="wide" tabindex="0" role="group" aria-label=${label}><table>
    <thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
