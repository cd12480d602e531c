// Which step of an alert is this account's next.
import * as state from "../state/state.js";
import { isOpen } from "../state/urgency.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {IncidentView} incident */
export const isMine = ({ responder }) => responder?.account === state.account.value;

/** @param {IncidentView} incident */
const isWorthGoing = (incident) => isOpen(incident) || incident.outcome === "confirmed";

/** @param {IncidentView} incident */
export const mayGo = (incident) => state.may("respond") && incident.responder === null && isWorthGoing(incident);

/** @param {IncidentView} incident */
export const mayArrive = (incident) =>
  state.may("arrive") && isMine(incident) && incident.arrived_at === null && incident.report === null && isWorthGoing(incident);

/** @param {IncidentView} incident */
export const mayCompare = (incident) => state.may("review") && incident.may_review;

/** @param {IncidentView} incident */
export const maySayWhatCame = (incident) =>
  state.may("report") && isMine(incident) && incident.arrived_at !== null && incident.report === null;
