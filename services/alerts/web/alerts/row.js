// One line of the list.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { ground, iconOf, stageWords, urgency } from "./describe.js";
import { When } from "./when.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function AlertRow({ incident }) {
  const w = words.value;
  const here = state.selected.value === incident.id;
  return html`<button
    class=${`row ${urgency(incident)}`}
    aria-current=${here ? "true" : "false"}
    onClick=${() => state.show(incident.id)}
  >
    <${Icon} name=${iconOf(incident)} />
    <span class="what">
      <span class="now"><b>${stageWords(incident)}</b><${When} incident=${incident} /></span>
      <span class="ground">${ground(incident)}</span>
      <small>${state.nameOf(incident)} · ${w.site} ${incident.site}${state.isUnsent(incident.id) && html` · <b>${w.unsentMark}</b>`}</small>
    </span>
  </button>`;
}
