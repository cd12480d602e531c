// Saving the report of an import.
import { desk } from "../desk.js";
import { saveAs } from "../save-as.js";
import { csv } from "./csv.js";
/** @import { ItemPage, ItemView } from "../../types/openapi" */

const PAGE_ROWS = 100;

/**
 * @param {string} id of the import
 * @param {ItemView[]} local rows that only this page knows
 */
export async function save(id, local) {
  const rows = [...local];
  /** @type {string | null} */
  let cursor = null;
  do {
    const query = { cursor, limit: PAGE_ROWS };
    /** @type {ItemPage} */
    const page = await desk("GET /watchlist/imports/{import}/items", { path: { import: id }, query });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  saveAs(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }), `import-${id}.csv`);
}
