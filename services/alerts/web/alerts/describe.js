// How an alert is named and marked.
import { words } from "../shared/words.js";
import { isNew, isUrgent } from "../state/urgency.js";
/** @import { IconName } from "../shared/icon.js" */
/** @import { IncidentView, Outcome } from "../types/openapi" */

/** @typedef {IncidentView["status"] | Outcome | "control"} Stage */

/**
 * What came of it, or how far it is.
 * @param {IncidentView} incident
 * @returns {Stage}
 */
export const stage = (incident) => (incident.control ? "control" : (incident.outcome ?? incident.status));

/** @param {IncidentView} incident */
export const urgency = (incident) => (isNew(incident) && isUrgent(incident) ? "urgent" : stage(incident));

/** @type {Record<string, IconName>} */
const ICONS = { new: "bell", responding: "run", confirmed: "check", rejected: "cross", unresolved: "ask", ended: "stop", control: "faces" };

/** @param {IncidentView} incident */
export const iconOf = (incident) => ICONS[stage(incident)] ?? "ask";

/** @param {IncidentView} incident */
export function stageWords(incident) {
  /** @type {Record<string, string>} */
  const named = words.value.state;
  return named[stage(incident)] ?? stage(incident);
}

/** @param {string} category */
export function categoryWords(category) {
  /** @type {Record<string, string>} */
  const named = words.value.categories;
  return named[category] ?? category;
}

/** @param {IncidentView} incident */
export const ground = ({ category }) => (category === null ? words.value.noGround : categoryWords(category));
