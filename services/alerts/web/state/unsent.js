// Answers that are not at the server yet. They are sent once there is a connection, in their order, and kept over a
// reload: which alert, what was said and when, and nobody's name. A note is kept in memory alone.
import { signal } from "@preact/signals";
import { explain } from "../shared/refusals.js";
import { call, Refused } from "../shared/request.js";
import { me } from "../shared/session.js";
import { take } from "./alerts.js";
import { complaint } from "./messages.js";
/** @import { Result, Verdict } from "../types/openapi" */
/** @import { Timer } from "../types/page" */

/**
 * @typedef {{ kind: "respond" | "arrive" } | { kind: "verdict" | "correct", verdict: Verdict }
 *   | { kind: "report", result: Result, note: string }} Said
 */
/** @typedef {{ key: string, incident: string, said: Said, at: number, session: string }} Answer */

const KEPT = "wardwatch.unsent";
const AGAIN_MS = 4000;
// "On my way" of a quarter of an hour ago says nothing any more.
const STALE_MS = 15 * 60_000;

export const unsent = signal(read());

/** @param {string} id */
export const isUnsent = (id) => unsent.value.some((answer) => answer.incident === id);

/** @type {Promise<void> | null} */
let sending = null;
/** @type {Timer} */
let again;

/**
 * Says something of an alert: at once if it can be, else as soon as it can.
 * @param {string} incident
 * @param {Said} said
 */
export async function answer(incident, said) {
  const session = me.value?.expires_at ?? "";
  const isSame = unsent.value.some((each) => each.incident === incident && each.said.kind === said.kind);
  if (!isSame) keep([...unsent.value, { key: crypto.randomUUID(), incident, said, at: Date.now(), session }]);
  await flush();
}

/**
 * Sends what waits.
 * @throws {Refused} when the session is over
 */
export async function flush() {
  sending ??= sendAll().finally(() => (sending = null));
  await sending;
}

// Whether there was something that is given up by this.
export function giveUp() {
  const had = unsent.value.length > 0;
  clearTimeout(again);
  keep([]);
  return had;
}

async function sendAll() {
  clearTimeout(again);
  // What somebody else said on this phone is not said in this account's name.
  keep(unsent.value.filter(({ session }) => session === me.value?.expires_at));
  for (let next = unsent.value[0]; next !== undefined; next = unsent.value[0]) {
    if (next.said.kind === "respond" && Date.now() - next.at > STALE_MS) {
      complaint.value = "stale";
      drop(next);
      continue;
    }
    if (!(await send(next))) {
      again = setTimeout(() => flush().catch(() => {}), AGAIN_MS);
      return;
    }
  }
}

/**
 * Whether the server has answered, be it with a refusal.
 * @param {Answer} next
 */
async function send(next) {
  const { incident, said, key } = next;
  const path = { incident };
  try {
    await take(() => {
      switch (said.kind) {
        case "respond":
          return call("POST /incidents/{incident}/response", { path, key });
        case "arrive":
          return call("POST /incidents/{incident}/arrival", { path, key });
        case "verdict":
          return call("POST /incidents/{incident}/verdict", { path, key, body: { verdict: said.verdict } });
        case "correct":
          return call("POST /incidents/{incident}/correction", { path, key, body: { verdict: said.verdict } });
        case "report":
          return call("POST /incidents/{incident}/report", { path, key, body: { result: said.result, note: said.note } });
      }
    });
  } catch (error) {
    if (!(error instanceof Refused) || error.status >= 500 || error.status === 429) return false;
    if (error.status === 401) throw error;
    complaint.value = explain({ ...error.problem, status: error.status }).text;
  }
  drop(next);
  return true;
}

/** @param {Answer} sent */
const drop = (sent) => keep(unsent.value.filter(({ key }) => key !== sent.key));

/** @param {Answer[]} answers */
function keep(answers) {
  unsent.value = answers;
  const bare = answers.filter(({ said }) => said.kind !== "report" || said.note === "");
  if (bare.length > 0) localStorage.setItem(KEPT, JSON.stringify(bare));
  else localStorage.removeItem(KEPT);
}

/** @returns {Answer[]} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  } catch {
    return [];
  }
}
