// Tells the server whether an alert can be heard from this page: only the page knows.
import { call } from "../shared/request.js";
import { may } from "../shared/session.js";
import { streaming } from "./connection.js";
import { canRing } from "./sound.js";
/** @import { Timer } from "../types/page" */

const AGAIN_MS = 5000;
/** @type {Timer} */
let again;

// The server forgets it with the stream, so each stream says it anew.
export function tellHeard() {
  clearTimeout(again);
  if (streaming.value && may("report_sound")) tell(canRing.value);
}

/** @param {boolean} rings */
function tell(rings) {
  call("PUT /sound", { body: { rings } }).catch(() => (again = setTimeout(() => tell(rings), AGAIN_MS)));
}
