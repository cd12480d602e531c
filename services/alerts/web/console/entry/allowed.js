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

/** @type {Record<EntryAction, string>} */
const OPERATION = {
  submit: "submit_entry",
  discard: "discard_entry",
  approve: "approve_entry",
  approveRenewal: "approve_entry",
  suspend: "suspend_entry",
  resume: "resume_entry",
  renew: "renew_entry",
  revoke: "revoke_entry",
  erase: "erase_entry",
};

// An entry of another publisher's list changes there.
const HERE = new Set(["suspend", "resume"]);

/**
 * @param {EntryView} entry
 * @param {string} account who asks
 * @param {(operation: string) => boolean} may what the account may do
 */
export function allowed(entry, account, may) {
  return BY_STATE[entry.state].filter(
    (action) => (!entry.origin || HERE.has(action)) && may(OPERATION[action]) && !FORBIDDEN[action]?.(entry, account),
  );
}
