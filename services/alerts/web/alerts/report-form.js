// Saying what came of going there.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IncidentView, Result } from "../types/openapi" */

const MOST_SIGNS = 500;

/** @param {{ incident: IncidentView }} props */
export function ReportForm({ incident }) {
  const w = words.value;
  const result = useSignal(/** @type {Result | null} */ (null));
  const note = useSignal("");
  const send = () => result.value && state.report(incident.id, result.value, note.value.trim());
  /** @type {Result[]} */
  const results = ["met", "handed_over", "not_found", "left", "nothing_needed"];
  return html`<form class="report" onSubmit=${onSubmit(send)}>
    <fieldset>
      <legend>${w.whatCame}</legend>
      ${results.map(
        (each) => html`<button type="button" class="choice" aria-pressed=${result.value === each ? "true" : "false"} onClick=${() => (result.value = each)}>
          ${w.results[each]}
        </button>`,
      )}
    </fieldset>
    <label for="note">${w.note}</label>
    <textarea id="note" rows="2" maxlength=${MOST_SIGNS} ...${bound(note)}></textarea>
    <button class="go" disabled=${result.value === null || state.isUnsent(incident.id)}>${w.finish}</button>
  </form>`;
}
