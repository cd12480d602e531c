// All alerts of these days: the new ones, those not decided yet, and the others.
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { byUrgency, isNew, isOpen } from "../state/urgency.js";
import { AlertRow } from "./row.js";
/** @import { IncidentView } from "../types/openapi" */

export function AlertList() {
  const w = words.value;
  const all = state.incidents.value.filter((i) => !i.control);
  if (all.length === 0) return null;
  /** @type {[keyof typeof w.groups, IncidentView[]][]} */
  const groups = [
    ["new", state.news.value],
    ["open", all.filter((i) => isOpen(i) && !isNew(i)).sort(byUrgency)],
    ["over", all.filter((i) => !isOpen(i))],
  ];
  return html`<nav class="list" aria-label=${w.today}>
    ${groups.map(
      ([name, found]) => found.length > 0 && html`<h2 class=${name}>${w.groups[name]}<span>${found.length}</span></h2>
        ${found.map((i) => html`<${AlertRow} key=${i.id} incident=${i} />`)}`,
    )}
  </nav>`;
}
