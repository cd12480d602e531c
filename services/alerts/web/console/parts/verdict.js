// What became of a photo or a row.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { PhotoVerdict } from "../../types/openapi" */

/** @param {{ of: PhotoVerdict }} props */
export function VerdictChip({ of }) {
  return html`<span class=${`chip verdict-${of}`}>${words.value.verdicts[of] ?? of}</span>`;
}
