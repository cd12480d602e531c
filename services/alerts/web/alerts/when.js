// How long an open alert has been waiting, and when another one was. Nothing while the time is still to come: it was
// raised by a clock that has been put right since.
import { html } from "../shared/html.js";
import { age, day } from "../shared/times.js";
import * as state from "../state/state.js";
import { isOpen } from "../state/urgency.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function When({ incident }) {
  const waited = state.serverNow() - Date.parse(incident.raised_at);
  const text = !isOpen(incident) ? day(incident.raised_at) : waited < -60_000 ? "" : age(waited);
  return html`<time dateTime=${incident.raised_at}>${text}</time>`;
}
