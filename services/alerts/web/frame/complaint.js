// What the person did last and could not be done.
import { words } from "../shared/words.js";
import * as state from "../state/state.js";

export function complaining() {
  const said = state.complaint.value;
  if (said === "unconfirmed") return words.value.unconfirmed;
  return said === "stale" ? words.value.tooLate : said;
}
