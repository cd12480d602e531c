// Something a person does: whether it goes on, and what prevented it.
import { useSignal } from "@preact/signals";
import { tellable } from "./desk.js";
/** @import { Action, Failure } from "../types/page" */

/** @returns {Action} */
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
