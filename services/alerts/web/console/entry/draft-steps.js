// How far a draft is.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { showsSeveral } from "./people.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView }} props */
export function DraftSteps({ entry }) {
  const w = words.value;
  const open = entry.photo_list.some((photo) => photo.warnings.some((code) => !photo.accepted_findings.includes(code)));
  const now = entry.photo_list.length === 0 || open || showsSeveral(entry) ? 1 : 2;
  return html`<ol class="steps">
    ${[w.stepWords, w.photos, w.stepSubmit].map(
      (text, n) => html`<li aria-current=${n === now ? "step" : undefined} class=${n < now ? "past" : ""}><span>${n + 1}</span>${text}</li>`,
    )}
  </ol>`;
}
