// Asking the watchlist's desk.
import { Away, Refused, send } from "../shared/request.js";
import { leave } from "../state/state.js";
/** @import { Failure } from "../types/page" */
/** @import { Answer, Arguments, Operation } from "../types/request" */

// Longer than the edge waits for the desk, which may compare a whole import with the list before it answers.
const TIMEOUT_MS = 70_000;

/**
 * The answer to an operation. A request that is sent again with its key is the same request.
 * @template {Operation} O
 * @param {O} operation
 * @param {Arguments<O>} rest
 * @returns {Promise<Answer<O>>}
 * @throws {Failure}
 */
export async function desk(operation, ...[request]) {
  const key = operation.startsWith("GET ") ? {} : { key: crypto.randomUUID() };
  try {
    return await send(operation, { ...key, ...request }, TIMEOUT_MS);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave("ended");
    throw error;
  }
}

/**
 * What a person may be told; anything else is a fault of this page and goes on to the browser.
 * @param {unknown} error
 * @returns {Failure}
 */
export function tellable(error) {
  if (error instanceof Refused || error instanceof Away) return error;
  throw error;
}
