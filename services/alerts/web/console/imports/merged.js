// What was said of every file: by the report, and since it was read; in the order of the report.
import { OUTCOMES } from "./counts.js";
/** @import { ItemView } from "../../types/openapi" */

/** @typedef {ItemView["outcome"]} Outcome */
/** @typedef {"need" | "name"} ItemSort */

/** @param {ItemView} row */
const nameOf = (row) => row.label ?? row.external_id ?? row.name;

/**
 * @param {ItemView} one
 * @param {ItemView} other
 */
const byName = (one, other) =>
  nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true }) || one.name.localeCompare(other.name, undefined, { numeric: true });

/**
 * What needs a person first, or by name; among those that are alike by name.
 * @param {ItemView[]} rows
 * @param {ItemSort} sort
 */
export function sorted(rows, sort) {
  /** @param {ItemView} row */
  const rank = (row) => (sort === "name" ? 0 : OUTCOMES.indexOf(row.outcome));
  return [...rows].sort((one, other) => rank(one) - rank(other) || byName(one, other));
}

/**
 * @param {ItemView[]} report
 * @param {{ stage: { value: string }, answers: Map<string, ItemView> } | null} job the sending, if there is one
 * @param {Outcome | ""} wanted
 * @param {ItemSort} sort
 */
export function merged(report, job, wanted, sort) {
  const rows = new Map(report.map((row) => [row.name, row]));
  // Once all are judged the report says more: a later photo may not show the same person as an earlier one.
  const isDone = job?.stage.value === "done";
  let isMixed = false;
  for (const row of job?.answers.values() ?? []) {
    if (isDone && row.file_sha256 !== null) continue;
    isMixed = true;
    if (wanted === "" || row.outcome === wanted) rows.set(row.name, row);
    else rows.delete(row.name);
  }
  // The desk's own order is kept where nothing else stands among it.
  const all = [...rows.values()];
  return isMixed ? sorted(all, sort).slice(0, Math.max(report.length, 100)) : all;
}
