// What an import was begun for.
import { html } from "../../shared/html.js";
import { category, date } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { words } from "../words.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {{ batch: BatchView }} props */
export function Purpose({ batch }) {
  const w = words.value;
  const purpose = batch.purpose;
  return html`<div class="card">
    <p class="order"><small>${w.instruction}</small>${purpose.instruction}</p>
    <${Facts} rows=${[
      [w.category, category(purpose.category)],
      [w.basis, purpose.basis],
      [w.evidence, purpose.evidence],
      [w.scope, purpose.scope && w.where(purpose.scope)],
      [w.expires, batch.last_day ? date(batch.last_day) : w.usualExpiry],
      [w.photoSource, purpose.source],
    ]} />
    <p class="hint">${w.purposeFixed}</p>
  </div>`;
}
