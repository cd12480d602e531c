// Pages of a list, one after the other.
import { useSignal } from "@preact/signals";
import { useAction } from "./use-action.js";
import { useReading } from "./use-reading.js";
/** @import { Pages } from "../types/page" */

/**
 * @template {{ next: string | null }} Page
 * @template Item
 * @param {(cursor: string | null) => Promise<Page>} read
 * @param {(page: Page) => Item[]} rowsOf
 * @param {unknown[]} inputs
 * @returns {Pages<Item>}
 */
export function usePages(read, rowsOf, ...inputs) {
  const next = useSignal(/** @type {string | null} */ (null));
  const first = async () => {
    const page = await read(null);
    next.value = page.next;
    return rowsOf(page);
  };
  const { found, fault, again } = useReading(first, ...inputs);
  const action = useAction();
  const more = () =>
    action.run(async () => {
      const before = found.value;
      const page = await read(next.value);
      if (before === null || found.value !== before) return;
      next.value = page.next;
      found.value = [...before, ...rowsOf(page)];
    });
  return { found, fault, again, more, next, busy: action.busy, moreFault: action.fault };
}
