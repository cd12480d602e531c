// What somebody looks for in the list, kept while this page is open: whoever comes back from an entry finds it as it was.
import { effect, signal } from "@preact/signals";
import { account } from "../../shared/session.js";
/** @import { EntryState, Sort } from "../../types/page" */

/** @typedef {"mine" | "living" | "ended" | EntryState} Filter */

/** @type {EntryState[]} */
export const LIVING = ["draft", "pending", "active", "suspended"];
/** @type {EntryState[]} */
export const ENDED = ["expired", "revoked", "erased"];
/** @type {Partial<Record<Filter, EntryState[]>>} */
const GROUPS = { living: LIVING, ended: ENDED };

/** @param {Filter} name */
export const isEnded = (name) => name === "ended" || (name !== "mine" && name !== "living" && ENDED.includes(name));

/**
 * How many there are of a state, or of several by one name.
 * @param {Filter} name
 * @param {Record<string, number>} counts
 */
export const many = (name, counts) =>
  (GROUPS[name] ?? [name]).reduce((sum, each) => sum + (counts[each] ?? 0), 0);

export const text = signal("");
export const sort = signal(/** @type {Sort} */ ("changed"));
export const filter = signal(/** @type {Filter} */ ("living"));

// It may be a person's name: it is gone with whoever typed it.
let typist = "";
effect(() => {
  if (account.value === typist) return;
  typist = account.value;
  text.value = "";
  sort.value = "changed";
  filter.value = "living";
});
