// How much waits for whoever keeps the list, and whether the list has changed: asked while somebody looks at the page.
import { computed, signal } from "@preact/signals";
import { Away, call, Refused } from "../shared/request.js";
import { account, may, ticking } from "../shared/session.js";
import { veiled } from "./veil.js";
/** @import { WaitingView } from "../types/openapi" */

const PAUSE_MS = 10_000;
const IDLE_PAUSE_MS = 60_000; // while nobody touches the page

export const waiting = signal(/** @type {WaitingView | null} */ (null));
// Grows with each change of the list: what is shown of it is read again.
export const listVersion = computed(() => waiting.value?.version ?? 0);
export const waitingForMe = computed(() => {
  const now = waiting.value;
  return now === null ? 0 : now.approvals + now.renewals + now.returned;
});

let askedAt = 0;
let asker = "";

// Asks now, as after a change that was made here.
export async function lookForWaiting() {
  if (!may("show_waiting")) return;
  askedAt = Date.now();
  asker = account.value;
  try {
    const answer = await call("GET /watchlist/waiting");
    if (asker === account.value) waiting.value = answer;
  } catch (error) {
    // It is asked again soon; what was known last stands until then.
    if (!(error instanceof Refused || error instanceof Away)) throw error;
  }
}

export function keepWaiting() {
  const now = ticking.value;
  if (account.value !== asker) {
    waiting.value = null;
    asker = account.value;
    askedAt = 0;
  }
  if (document.hidden || !may("show_waiting")) return;
  if (now - askedAt >= (veiled.value ? IDLE_PAUSE_MS : PAUSE_MS)) void lookForWaiting();
}
