// What a person does with an alert, and what is said when it cannot be done.
import { explain } from "../shared/refusals.js";
import { call, Refused } from "../shared/request.js";
import { comparing, open, take } from "./alerts.js";
import { leave, sites, stopped } from "./connection.js";
import { complaint } from "./messages.js";
import { compareMore } from "./pairs.js";
import { answer } from "./unsent.js";
/** @import { Result, Verdict } from "../types/openapi" */

/** @param {string | null} id */
export function show(id) {
  open(id);
  complaint.value = null;
}

/** @param {string} id */
export const respond = (id) => act(() => answer(id, { kind: "respond" }));

/** @param {string} id */
export const arrive = (id) => act(() => answer(id, { kind: "arrive" }));

/**
 * @param {string} id
 * @param {Verdict} verdict
 */
export const judge = (id, verdict) =>
  act(async () => {
    comparing.value = false;
    await answer(id, { kind: "verdict", verdict });
    await compareMore(id);
  });

/**
 * @param {string} id
 * @param {Result} result
 * @param {string} note
 */
export const report = (id, result, note) => act(() => answer(id, { kind: "report", result, note }));

/**
 * @param {string} id
 * @param {Verdict} verdict
 */
export const correct = (id, verdict) => act(() => answer(id, { kind: "correct", verdict }));

/**
 * Whether it was done.
 * @param {string} id
 * @param {string} account whose verdict it is
 * @param {string} reason
 */
export const setAside = (id, account, reason) =>
  act(async () => {
    const body = { verdict: null, account, reason };
    await take(() => call("POST /incidents/{incident}/correction", { path: { incident: id }, body }));
    return true;
  });

/**
 * Where the person of an alert was seen; null where that cannot be had now. Nobody asked for it, so nothing is said.
 * @param {string} id
 */
export const trail = (id) => call("GET /incidents/{incident}/trail", { path: { incident: id } }).catch(() => null);

/** @param {string} id */
export const details = (id) => act(() => call("GET /incidents/{incident}/details", { path: { incident: id } }));

/**
 * Whether it was done: nobody misses the camera any more, until it sends again.
 * @param {string} site
 * @param {string} camera
 */
export const forgetCamera = (site, camera) =>
  act(async () => {
    await call("PUT /sites/{site}/cameras/{camera}", { path: { site, camera }, body: { expected: false } });
    return true;
  });

/**
 * Whether it was done.
 * @param {string} site
 * @param {boolean} isStopped
 * @param {string} reason
 */
export const setMatching = (site, isStopped, reason) =>
  act(async () => {
    const body = { stopped: isStopped, reason };
    const state = await call("POST /sites/{site}/matching", { path: { site }, body, key: crypto.randomUUID() });
    sites.value = sites.value.map((each) => (each.site === site ? state : each));
    stopped.value = sites.value.filter((each) => each.stopped).map((each) => each.site);
    return true;
  });

// Whether the session is over now.
export const endSession = () =>
  act(async () => {
    await call("DELETE /session");
    return true;
  });

// How long a picture that could not be had is left alone, unless the server says how long.
const PICTURE_AGAIN_MS = 5000;

/**
 * Why an image cannot be shown, which it does not tell its page; `told` is what the server says of it, if anything, and
 * `againMs` when it may be asked for again: at once if nothing is wrong with it any more.
 * @param {string} url
 */
export async function pictureFault(url) {
  const reply = await fetch(url, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
  const isSlowed = reply?.status === 429;
  const told = isSlowed ? explain({ ...(await reply.json().catch(() => ({}))), status: reply.status }).text : "";
  const waitMs = reply?.ok ? 0 : 1000 * Number(reply?.headers.get("Retry-After")) || PICTURE_AGAIN_MS;
  return { deleted: reply?.status === 404, told, againMs: waitMs };
}

/**
 * Does what a person asked for. Whatever prevents it is said: nobody may believe that it happened when it did not.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function act(work) {
  complaint.value = null;
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave("ended");
    else complaint.value = error instanceof Refused && error.status < 500 ? error.message : "unconfirmed";
    return undefined;
  }
}
