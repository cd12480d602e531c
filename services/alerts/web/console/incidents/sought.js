// What somebody looks for among incidents, kept while this page is open: whoever comes back from one finds it as it was.
import { effect, signal } from "@preact/signals";
import { account } from "../../shared/session.js";
/** @import { IncidentSearch } from "../../types/openapi" */

/** @typedef {Omit<IncidentSearch, "cursor" | "limit">} Sought */

/** @type {Sought} */
const ANY = {};

export const sought = signal(ANY);

// It may hold a person's name: it is gone with whoever typed it.
let typist = "";
effect(() => {
  if (account.value === typist) return;
  typist = account.value;
  sought.value = ANY;
});

/**
 * Looks for something else besides; what is empty is any.
 * @param {Partial<Record<keyof Sought, string>>} change
 */
export function narrow(change) {
  const all = Object.entries({ ...sought.value, ...change }).filter(([, value]) => value);
  sought.value = /** @type {Sought} */ (Object.fromEntries(all));
}

export const widen = () => (sought.value = ANY);

/** How many things are looked for besides how far an incident is, which stands in its own row. */
export const narrowed = () => Object.keys(sought.value).filter((name) => name !== "state").length;
