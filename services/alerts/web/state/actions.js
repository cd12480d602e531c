// What a person does with an alert, and what is said when it cannot be done.
import { explain } from "../shared/refusals.js";
import { call, Refused } from "../shared/request.js";
import { comparing, open, take } from "./alerts.js";
import { leave, sites, stopped } from "./connection.js";
import { complaint } from "./messages.js";
/** @import { Verdict } from "../types/openapi" */

/** @param {string | null} id */
export function show(id) {
  open(id);
  complaint.value = null;
}

/** @param {string} id */
export const respond = (id) =>
  act(() => take(() => call("POST /incidents/{incident}/response", { path: { incident: id } })));

/**
 * @param {string} id
 * @param {Verdict} verdict
 */
export const judge = (id, verdict) =>
  act(async () => {
    await take(() => call("POST /incidents/{incident}/verdict", { path: { incident: id }, body: { verdict } }));
    comparing.value = false;
  });

/** @param {string} id */
export const details = (id) => act(() => call("GET /incidents/{incident}/details", { path: { incident: id } }));

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

/**
 * Why an image cannot be shown, which it does not tell its page; `told` is what the server says of it, if anything.
 * @param {string} url
 */
export async function pictureFault(url) {
  const reply = await fetch(url, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
  const isSlowed = reply?.status === 429;
  const told = isSlowed ? explain({ ...(await reply.json().catch(() => ({}))), status: reply.status }).text : "";
  return { deleted: reply?.status === 404, told };
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
