// Faces of a list are fetched a few at a time, as fast as the desk lets somebody look.
import { Refused } from "../../shared/request.js";
import { rest } from "../watch.js";

const AT_ONCE = 4;
const TRIES = 5;
let running = 0;
/** @type {(() => void)[]} */
const queue = [];

/**
 * @template T
 * @param {() => Promise<T>} work
 * @param {() => boolean} isWanted whether somebody still waits for it
 */
export async function inTurn(work, isWanted) {
  if (running >= AT_ONCE) await new Promise((go) => queue.push(() => go(undefined)));
  running += 1;
  try {
    for (let left = TRIES; isWanted(); left -= 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 429 || left <= 1) throw error;
        await rest(error.retryAfterSeconds * 1000);
      }
    }
    return null;
  } finally {
    running -= 1;
    queue.shift()?.();
  }
}
