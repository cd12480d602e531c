// Something a screen shows: read when it opens and when `inputs` change; what comes too late is dropped.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { tellable } from "./desk.js";
/** @import { Failure, Reading } from "../types/page" */

/**
 * @template T
 * @param {() => Promise<T>} read
 * @param {unknown[]} inputs
 * @returns {Reading<T>}
 */
export function useReading(read, ...inputs) {
  const found = useSignal(/** @type {T | null} */ (null));
  const fault = useSignal(/** @type {Failure | null} */ (null));
  const turn = useRef(0);
  const again = async () => {
    const mine = ++turn.current;
    try {
      const answer = await read();
      if (mine !== turn.current) return;
      found.value = answer;
      fault.value = null;
    } catch (error) {
      const failure = tellable(error);
      if (mine === turn.current) fault.value = failure;
    }
  };
  useEffect(() => {
    found.value = null;
    fault.value = null;
    again();
    return () => {
      turn.current += 1;
    };
  }, inputs);
  return { found, fault, again };
}
