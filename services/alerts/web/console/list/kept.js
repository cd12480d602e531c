// The list as it was when somebody left it for an entry: whoever comes back finds it there. Gone with the account.
import { effect } from "@preact/signals";
import { account } from "../../shared/session.js";
/** @import { EntryRow } from "../../types/openapi" */

/** @typedef {{ rows: EntryRow[], next: string | null, counts: Record<string, number> }} Shown */

/** @type {Map<string, Shown>} */
const shown = new Map();
let left = { key: "", top: 0, entry: "" };

/** @param {string} key what was sought */
export const keptRows = (key) => shown.get(key);

/**
 * @param {string} key
 * @param {Shown} now
 */
export function keepRows(key, now) {
  shown.clear(); // one list is enough
  shown.set(key, now);
}

/**
 * @param {string} key
 * @param {number} top how far it was scrolled
 * @param {string} entry which one was opened
 */
export function leave(key, top, entry) {
  left = { key, top, entry };
}

/**
 * Where to go back to, once.
 * @param {string} key
 */
export function comeBack(key) {
  const found = left.key === key && left.entry !== "" ? left : null;
  left = { key: "", top: 0, entry: "" };
  return found;
}

effect(() => {
  void account.value;
  shown.clear();
  left = { key: "", top: 0, entry: "" };
});
