// What the person did last and could not be done.
import { words } from "../shared/words.js";
import * as state from "../state/state.js";

export function complaining() {
  return state.complaint.value === "unconfirmed" ? words.value.unconfirmed : state.complaint.value;
}
