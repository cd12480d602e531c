// Saving the report of an import.
import { desk } from "../desk.js";
import { saveFile } from "../save-file.js";
import { csv } from "./csv.js";
/** @import { BatchView, ItemPage, ItemView } from "../../types/openapi" */

const PAGE_ROWS = 100;

/**
 * @param {BatchView} batch
 * @param {ItemView[]} local rows that only this page knows
 * @param {"csv" | "json"} form
 */
export async function save(batch, local, form) {
  const rows = [...local];
  const path = { import: batch.id };
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {ItemPage} */
    const page = await desk("GET /watchlist/imports/{import}/items", { path, query: { cursor, limit: PAGE_ROWS } });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  // With the counts of this moment, as the command line writes it.
  const view = form === "json" ? await desk("GET /watchlist/imports/{import}", { path }) : batch;
  const text = form === "csv" ? csv(rows) : JSON.stringify({ ...view, items: rows }, null, 1);
  saveFile(new Blob([text], { type: form === "csv" ? "text/csv;charset=utf-8" : "application/json" }), `import-${batch.id}.${form}`);
}
