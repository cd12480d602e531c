// Rows of the list, page after page, read again when the list has changed; they stay where they are until the next are here.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as state from "../../state/state.js";
import { tellable } from "../desk.js";
import { useAction } from "../use-action.js";
import { keepRows, keptRows } from "./kept.js";
/** @import { EntryPage, EntryRow } from "../../types/openapi" */
/** @import { Failure } from "../../types/page" */

/**
 * @param {(cursor: string | null) => Promise<EntryPage>} read
 * @param {string} key what is sought; another one is another list
 */
export function useList(read, key) {
  const kept = keptRows(key);
  const found = useSignal(/** @type {EntryRow[] | null} */ (kept?.rows ?? null));
  const next = useSignal(/** @type {string | null} */ (kept?.next ?? null));
  const counts = useSignal(/** @type {Record<string, number>} */ (kept?.counts ?? {}));
  const fault = useSignal(/** @type {Failure | null} */ (null));
  const turn = useRef(0);
  const action = useAction();
  /** @param {number} many at least so many rows, if there are */
  const readAll = async (many) => {
    const mine = ++turn.current;
    try {
      let page = await read(null);
      const rows = [...page.entries];
      while (rows.length < many && page.next !== null) {
        page = await read(page.next);
        rows.push(...page.entries);
      }
      if (mine !== turn.current) return;
      found.value = rows;
      next.value = page.next;
      counts.value = page.counts ?? {};
      fault.value = null;
      keepRows(key, { rows, next: next.value, counts: counts.value });
    } catch (error) {
      const failure = tellable(error);
      if (mine === turn.current) fault.value = failure;
    }
  };
  const more = () =>
    action.run(async () => {
      const before = found.value;
      const page = await read(next.value);
      if (before === null || found.value !== before) return;
      next.value = page.next;
      found.value = [...before, ...page.entries];
      keepRows(key, { rows: found.value, next: next.value, counts: counts.value });
    });
  const version = state.listVersion.value;
  const last = useRef(key);
  useEffect(() => {
    // Another list begins at its first page; the same one is read as far as it was.
    const many = last.current === key ? (found.value?.length ?? 0) : 0;
    last.current = key;
    readAll(many);
    return () => {
      turn.current += 1;
    };
  }, [key, version]);
  return { found, fault, counts, more, next, busy: action.busy, moreFault: action.fault, again: () => readAll(0) };
}
