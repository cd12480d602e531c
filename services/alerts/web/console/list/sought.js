// What somebody looks for in the list, kept while this page is open: whoever comes back from an entry finds it as it was.
import { effect, signal } from "@preact/signals";
import { account } from "../../shared/session.js";
/** @import { Sort } from "../../types/page" */

export const text = signal("");
export const sort = signal(/** @type {Sort} */ ("changed"));
export const filter = signal("living");

// It may be a person's name: it is gone with whoever typed it.
let typist = "";
effect(() => {
  if (account.value === typist) return;
  typist = account.value;
  text.value = "";
  sort.value = "changed";
  filter.value = "living";
});
