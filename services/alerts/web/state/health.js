// What a page is good for at a moment: pure. It never says "well" while an alert would not be seen and heard.
/** @import { MatchingState, Working as Work } from "../types/openapi" */

// A server that is alive says so every three seconds; one that is frozen must show within ten.
const SILENCE_MS = 9000;
const CLOCK_IS_BACK_MS = 2000;

/** @typedef {"away" | "no" | "silent" | "stopped" | "partly" | "degraded" | "well"} Status */

/**
 * How long ago a moment of this machine's clock was. One that is still to come is of before the clock was put back, and
 * nobody knows how long ago that was.
 * @param {number | null} moment milliseconds
 * @param {number} now milliseconds
 */
export function elapsedMs(moment, now) {
  return moment === null || moment > now + CLOCK_IS_BACK_MS ? Infinity : now - moment;
}

/**
 * Whether alerts arrive: the stream is open, the whole list is here, and the server said a moment ago that all is well.
 * @param {{ streaming: boolean, listed: boolean, allWell: boolean, lastWellAt: number | null, now: number }} known
 */
export function isReceiving({ streaming, listed, allWell, lastWellAt, now }) {
  return streaming && listed && allWell && elapsedMs(lastWellAt, now) < SILENCE_MS;
}

/**
 * The worst that is known comes first. `working` is the server's own answer; nothing is well while it has not said so.
 * @param {{ receiving: boolean, silent: boolean, stopped: string[], sites: MatchingState[], working: Work | null }} known
 * @returns {Status}
 */
export function statusOf({ receiving, silent, stopped, sites, working }) {
  if (!receiving) return "away";
  if (silent) return "silent";
  if (stopped.length > 0 && sites.every((site) => stopped.includes(site.site))) return "stopped";
  if (working === "no") return "no";
  if (stopped.length > 0) return "partly";
  return working === "yes" ? "well" : "degraded";
}
