// Which alert comes to the front: pure. Where and why is in docs/adr/0056.

const URGENT = new Set(["violence", "threat", "court_order"]);
// Who said so long ago that they are on their way is there by now.
const ON_THE_WAY_MS = 30 * 60_000;

export const isUrgent = (incident) => URGENT.has(incident.category);
export const isNew = (incident) => incident.status === "new";
export const isOpen = (incident) => incident.outcome === null;

// Grave grounds first, then whoever was seen last.
export function byUrgency(one, other) {
  return isUrgent(other) - isUrgent(one) || other.number - one.number;
}

// Whether *account* is in the middle of an alert: it has yet to compare the faces, or is on its way there.
export function isInHand(incident, account, now) {
  if (incident === null || !isOpen(incident)) return false;
  return incident.my_verdict === null || isComing(incident, account, now);
}

// What a page that was just opened shows: the alert its account is on the way to, else the first new one, else the
// latest that is not decided.
export function firstOf(incidents, account, now) {
  const open = incidents.filter(isOpen);
  return (
    open.find((incident) => isComing(incident, account, now)) ?? open.filter(isNew).sort(byUrgency)[0] ?? open[0] ?? null
  );
}

function isComing({ responder }, account, now) {
  return responder?.account === account && Math.abs(now - Date.parse(responder.at)) < ON_THE_WAY_MS;
}
