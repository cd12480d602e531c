// What may be done with an entry, by its state and by who asks: pure. The desk and the database have the last word.
/** @import { EntryView } from "../../types/openapi" */
/** @import { EntryAction, EntryState } from "../../types/page" */

/** @type {Record<EntryState, EntryAction[]>} */
const BY_STATE = {
  draft: ["submit", "edit", "discard"],
  pending: ["approve", "sendBack", "takeBack", "refuse", "revoke", "erase"],
  active: ["approveRenewal", "dropRenewal", "amend", "merge", "suspend", "renew", "revoke", "erase"],
  suspended: ["resume", "dropRenewal", "amend", "merge", "renew", "revoke", "erase"],
  expired: ["approveRenewal", "dropRenewal", "renew", "revoke", "erase"],
  revoked: ["erase"],
  erased: [],
};

/**
 * @param {EntryView} entry
 * @param {string} account
 */
export const isOwn = (entry, account) => account === entry.author || account === entry.put_forward_by;

/**
 * Nobody approves what they asked for, and whoever asked takes back instead of sending back.
 * @type {Partial<Record<EntryAction, (entry: EntryView, account: string) => boolean>>}
 */
const FORBIDDEN = {
  approve: isOwn,
  sendBack: isOwn,
  refuse: isOwn,
  takeBack: (entry, account) => !isOwn(entry, account),
  revoke: (entry, account) => entry.state === "pending" && !isOwn(entry, account),
  dropRenewal: (entry) => entry.renewal === null,
  // One thing waits for approval at a time.
  amend: (entry) => entry.renewal !== null || Boolean(entry.amendment),
  merge: (entry) => entry.renewal !== null || Boolean(entry.amendment),
  renew: (entry) => Boolean(entry.amendment),
  approveRenewal: (entry, account) => entry.renewal === null || account === entry.renewal.by,
};

/** @type {Record<EntryAction, string>} */
const OPERATION = {
  submit: "submit_entry",
  edit: "rewrite_entry",
  discard: "discard_entry",
  approve: "approve_entry",
  approveRenewal: "approve_entry",
  // Whoever may not approve takes back their own alone.
  sendBack: "approve_entry",
  takeBack: "return_entry",
  refuse: "revoke_entry",
  dropRenewal: "return_entry",
  amend: "amend_entry",
  merge: "merge_entries",
  suspend: "suspend_entry",
  resume: "resume_entry",
  renew: "renew_entry",
  revoke: "revoke_entry",
  erase: "erase_entry",
};

// An entry of another publisher's list changes there.
const HERE = new Set(["suspend", "resume"]);
// A change that is not wanted is taken back and thrown away: it is nobody on the list.
const NEVER_OF_A_CHANGE = new Set(["revoke", "erase"]);

/**
 * @param {EntryView} entry
 * @param {string} account who asks
 * @param {(operation: string) => boolean} may what the account may do
 */
export function allowed(entry, account, may) {
  return BY_STATE[entry.state].filter(
    (action) =>
      (!entry.origin || HERE.has(action)) && !(entry.amends && NEVER_OF_A_CHANGE.has(action)) && may(OPERATION[action]) && !FORBIDDEN[action]?.(entry, account),
  );
}
