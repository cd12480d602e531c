// What became of a message, in words.
import { words } from "../words.js";
/** @import { DeliveryView } from "../../types/openapi" */

/**
 * How far it came; where it did not, why.
 * @param {DeliveryView} view
 */
export function became({ state, reason, attempts, shown_at, opened_at, answered_at }) {
  const w = words.value.delivery;
  if (answered_at) return w.states.answered;
  if (opened_at) return w.states.opened;
  if (shown_at) return w.states.shown;
  const said = state === "waiting" && attempts > 0 ? w.states.retried : w.states[state];
  return reason && state !== "sent" ? w.because(said, why(reason)) : said;
}

/** @param {string} reason */
export function why(reason) {
  const w = words.value.delivery;
  const [, status] = reason.match(/^http_(\d{3})$/) ?? [];
  if (status) return w.httpStatus(Number(status));
  /** @type {Record<string, string>} */
  const known = w.reasons;
  return known[reason] ?? w.otherReason;
}
