// What may be done with an entry, by its state and by who asks: pure. The desk and the database have the last word.
/** @import { EntryView } from "../../types/openapi" */
/** @import { EntryAction, EntryState } from "../../types/page" */

/** @type {Record<EntryState, EntryAction[]>} */
const BY_STATE = {
  draft: ["submit", "discard"],
  pending: ["approve", "revoke", "erase"],
  active: ["approveRenewal", "suspend", "renew", "revoke", "erase"],
  suspended: ["resume", "renew", "revoke", "erase"],
  expired: ["approveRenewal", "renew", "revoke", "erase"],
  revoked: ["erase"],
  erased: [],
};

/**
 * Nobody approves what they asked for.
 * @type {Partial<Record<EntryAction, (entry: EntryView, account: string) => boolean>>}
 */
const FORBIDDEN = {
  approve: (entry, account) => account === entry.author || account === entry.put_forward_by,
  approveRenewal: (entry, account) => entry.renewal === null || account === entry.renewal.by,
};

/**
 * @param {EntryView} entry
 * @param {string} account who asks
 * @param {boolean} keeps whether the account may change the list at all
 */
export function allowed(entry, account, keeps) {
  if (!keeps) return [];
  return BY_STATE[entry.state].filter((action) => !FORBIDDEN[action]?.(entry, account));
}
