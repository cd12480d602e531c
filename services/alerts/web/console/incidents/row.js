// One incident of the list: where and when, on which ground, and what came of it. A name only where it may be seen.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { category, moment } from "../formats.js";
import { words } from "../words.js";
import { OutcomeChip } from "./outcome.js";
/** @import { IncidentView } from "../../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function IncidentRow({ incident }) {
  const w = words.value.incidents;
  const ground = incident.category === null ? w.noGround : category(incident.category);
  return html`<li>
    <a class="person" href=${address("incidents", incident.id)}>
      <span class="who"><b>${incident.disclosed?.label ?? ground}</b><small>${incident.disclosed?.label ? `${ground} · ` : ""}${state.nameOf(incident)} · ${incident.site}</small></span>
      <span class="ends"><small>${w.raised} ${moment(incident.raised_at)}</small>${incident.responder && w.by(incident.responder.account)}</span>
      <span class="at"><${OutcomeChip} of=${incident} /></span>
    </a>
  </li>`;
}
