// Asking the watchlist's desk, and for what the alerts service answers itself.
import { Away, call, Refused, send } from "../shared/request.js";
import { leave } from "../state/state.js";
/** @import { Failure } from "../types/page" */
/** @import { Answer, Arguments, Operation } from "../types/request" */

// Longer than the edge waits for the desk, which may compare a whole import with the list before it answers.
const TIMEOUT_MS = 70_000;
const LONG_MS = 600_000;

/**
 * The answer to an operation. A request that is sent again with its key is the same request.
 * @template {Operation} O
 * @param {O} operation
 * @param {Arguments<O>} rest
 * @returns {Promise<Answer<O>>}
 * @throws {Failure}
 */
export function desk(operation, ...[request]) {
  const key = operation.startsWith("GET ") ? {} : { key: crypto.randomUUID() };
  return orLeave(send(operation, { ...key, ...request }, TIMEOUT_MS));
}

/**
 * The answer to an operation of the alerts service, which asks nobody else.
 * @template {Operation} O
 * @param {O} operation
 * @param {Arguments<O>} request
 * @returns {Promise<Answer<O>>}
 * @throws {Failure}
 */
export const ask = (operation, ...request) => orLeave(call(operation, ...request));

/**
 * The same for an answer that may take long to come: a file of everything.
 * @template {Operation} O
 * @param {O} operation
 * @param {Arguments<O>} rest
 * @returns {Promise<Answer<O>>}
 * @throws {Failure}
 */
export const slowly = (operation, ...[request]) => orLeave(send(operation, request ?? {}, LONG_MS));

/**
 * A session that is over leads back to the first screen.
 * @template T
 * @param {Promise<T>} answer
 */
async function orLeave(answer) {
  try {
    return await answer;
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
