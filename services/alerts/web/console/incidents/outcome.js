// How far an incident is, or what came of it, in one chip.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { IncidentView } from "../../types/openapi" */

/** @param {{ of: IncidentView }} props */
export function OutcomeChip({ of }) {
  const w = words.value.incidents;
  const kind = of.outcome ?? (of.disputed ? "disputed" : of.status);
  return html`<span class=${`chip came-${kind}`}>${{ ...w.outcomes, ...w.states }[kind] ?? kind}</span>`;
}
