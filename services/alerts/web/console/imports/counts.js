// How many people, photos and rows of an import came to what.
import { words } from "../words.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { Fact } from "../../types/page" */

/**
 * @param {BatchView} batch
 * @returns {Fact[]}
 */
export function countsOf(batch) {
  const w = words.value;
  return [
    [w.people, w.peopleCounts(batch.people, batch.people_ready, batch.people_warning, batch.people_left_out)],
    [w.photos, w.counts(batch.ready, batch.warning, batch.rejected)],
    [w.rowsRejected, batch.rows_rejected || null],
  ];
}
