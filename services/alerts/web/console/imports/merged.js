// What was said of every file, worst first: by the report, and since it was read.
/** @import { ItemView, PhotoVerdict } from "../../types/openapi" */

const WORST_FIRST = ["rejected", "warning", "ready"];

/**
 * @param {ItemView[]} report
 * @param {{ stage: { value: string }, answers: Map<string, ItemView> } | null} job the sending, if there is one
 * @param {PhotoVerdict | ""} wanted
 */
export function merged(report, job, wanted) {
  const rows = new Map(report.map((row) => [row.name, row]));
  // Once all are judged the report says more: a later photo may not show the same person as an earlier one.
  const isDone = job?.stage.value === "done";
  for (const row of job?.answers.values() ?? []) {
    if (isDone && row.file_sha256 !== null) continue;
    if (wanted === "" || row.verdict === wanted) rows.set(row.name, row);
    else rows.delete(row.name);
  }
  /** @param {ItemView} row */
  const rank = (row) => WORST_FIRST.indexOf(row.verdict);
  return [...rows.values()].sort((one, other) => rank(one) - rank(other)).slice(0, Math.max(report.length, 100));
}
