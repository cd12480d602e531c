// Asking the server, for the screens of accounts.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Away, Refused } from "../shared/request.js";
import { leave } from "../state/state.js";
/** @import { Action, Failure } from "../types/page" */

/**
 * Something a person does: whether it goes on, and what prevented it.
 * @returns {Action}
 */
export function useAction() {
  const busy = useSignal(false);
  const fault = useSignal(/** @type {Failure | null} */ (null));
  /**
   * @template T
   * @param {() => Promise<T>} work
   */
  const run = async (work) => {
    if (busy.value) return undefined;
    busy.value = true;
    fault.value = null;
    try {
      return await work();
    } catch (error) {
      fault.value = tellable(error);
      return undefined;
    } finally {
      busy.value = false;
    }
  };
  return { busy, fault, run };
}

/**
 * Something a screen shows, read when it opens and whenever `again` is called.
 * @template T
 * @param {() => Promise<T>} read
 */
export function useReading(read) {
  const found = useSignal(/** @type {T | null} */ (null));
  const fault = useSignal(/** @type {Failure | null} */ (null));
  const again = async () => {
    try {
      found.value = await read();
      fault.value = null;
    } catch (error) {
      fault.value = tellable(error);
    }
  };
  useEffect(() => {
    again();
  }, []);
  return { found, fault, again };
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
function tellable(error) {
  if (error instanceof Refused && error.status === 401) leave("ended");
  if (error instanceof Refused || error instanceof Away) return error;
  throw error;
}
