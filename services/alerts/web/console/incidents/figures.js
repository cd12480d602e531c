// From counts to the bars of charts: pure but for the page's words.
/** @import { IncidentStatistics, OutcomeCounts } from "../../types/openapi" */
/** @import { Bar } from "./bars.js" */

export const KINDS = /** @type {const} */ (["confirmed", "rejected", "unresolved", "ended", "undecided"]);

/**
 * @param {OutcomeCounts} outcomes
 * @returns {Bar["parts"]}
 */
export const partsOf = (outcomes) => KINDS.map((kind) => ({ kind, count: outcomes[kind] }));

/**
 * @param {IncidentStatistics} found
 * @param {(day: string) => string} named
 * @returns {Bar[]}
 */
export const byDay = (found, named) => found.days.map(({ day, outcomes }) => ({ label: named(day), parts: partsOf(outcomes) }));

/**
 * @param {IncidentStatistics} found
 * @param {{ within: (seconds: number) => string, longer: string, nobody: string }} w
 * @returns {Bar[]}
 */
export const byAnswer = (found, w) => [
  ...found.answered.map(({ seconds, count }) => ({
    label: seconds === null ? w.longer : w.within(seconds),
    parts: [{ kind: "answered", count }],
  })),
  { label: w.nobody, parts: [{ kind: "answered", count: found.unanswered }] },
];

/**
 * @param {IncidentStatistics} found
 * @param {(category: string) => string} named
 * @returns {Bar[]}
 */
export const byCategory = (found, named) =>
  found.categories.map(({ category, confirmed, rejected }) => ({
    label: named(category),
    parts: [{ kind: "rejected", count: rejected }, { kind: "confirmed", count: confirmed }],
  }));
