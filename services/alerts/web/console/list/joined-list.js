// How a list that was joined stands, in words: pure.
import { words } from "../words.js";
/** @import { SubscriptionView } from "../../types/openapi" */

// A head comes every five seconds.
const SILENT_SECONDS = 60;

/**
 * @param {SubscriptionView} list
 * @param {number} now milliseconds
 * @returns {{ text: string, fresh: boolean }}
 */
export function standing(list, now) {
  const w = words.value.joined;
  /** @param {string | null} at */
  const ago = (at) => (at === null ? 0 : Math.max(0, Math.round((now - Date.parse(at)) / 1000)));
  const told = (/** @type {string} */ text, fresh = false) => ({ text, fresh });
  if (list.joined_at === null) return told(w.asked(list.asked_by));
  if (list.left_at !== null) return told(w.left(list.unclosed));
  if (list.suspended_at !== null) return told(w.suspended(list.suspended_by ?? "", list.suspended_reason));
  if (list.silent_since !== null) return told(w.ended(list.silent_days));
  if (list.heard_at === null) return told(w.unheard);
  if (ago(list.heard_at) > SILENT_SECONDS) return told(w.silent(ago(list.heard_at)));
  if (list.differing > 0) return told(w.differs(list.differing));
  if (list.agreed_at === null) return told(w.unheard);
  return told(w.same(list.entries, ago(list.agreed_at), list.number ?? 0), true);
}
