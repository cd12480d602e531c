// Which alert comes to the front: pure. Where and why is in docs/adr/0056.
/** @import { IncidentView } from "../types/openapi" */

const URGENT = new Set(["violence", "threat", "court_order"]);
// Who said so long ago that they are on their way is there by now.
const ON_THE_WAY_MS = 30 * 60_000;

/** @param {IncidentView} incident */
export const isUrgent = (incident) => URGENT.has(incident.category ?? "");

/** @param {IncidentView} incident */
export const isNew = (incident) => incident.status === "new";

/** @param {IncidentView} incident */
export const isOpen = (incident) => incident.outcome === null && !incident.control;

/**
 * Grave grounds first, then whoever was seen last.
 * @param {IncidentView} one
 * @param {IncidentView} other
 */
export function byUrgency(one, other) {
  return Number(isUrgent(other)) - Number(isUrgent(one)) || other.number - one.number;
}

/**
 * Whether *account* is in the middle of an alert: it has yet to compare the faces, or is on its way there.
 * @param {IncidentView | null} incident
 * @param {string} account
 * @param {number} now milliseconds, by the server's clock
 */
export function isInHand(incident, account, now) {
  if (incident === null || !isOpen(incident)) return false;
  return incident.my_verdict === null || isComing(incident, account, now);
}

/**
 * What a page that was just opened shows: the alert its account is on the way to, else the first new one, else the
 * latest that is not decided.
 * @param {IncidentView[]} incidents
 * @param {string} account
 * @param {number} now milliseconds, by the server's clock
 */
export function firstOf(incidents, account, now) {
  const open = incidents.filter(isOpen);
  return (
    open.find((incident) => isComing(incident, account, now)) ?? open.filter(isNew).sort(byUrgency)[0] ?? open[0] ?? null
  );
}

/**
 * @param {IncidentView} incident
 * @param {string} account
 * @param {number} now
 */
function isComing({ responder }, account, now) {
  return responder !== null && responder.account === account && Math.abs(now - Date.parse(responder.at)) < ON_THE_WAY_MS;
}
