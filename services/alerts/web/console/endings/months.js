// Months as a calendar has them: pure. Days are written 2026-11-30 and are in no time zone.
/** @import { EndingDay } from "../../types/openapi" */

/**
 * The weeks of a month (2026-11), from Monday on; what is of another month is left out.
 * @param {string} month
 * @returns {(string | null)[][]}
 */
export function weeksOf(month) {
  const [year, number] = month.split("-").map(Number);
  const days = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const before = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  /** @type {(string | null)[]} */
  const cells = [...Array(before).fill(null), ...Array.from({ length: days }, (_, n) => `${month}-${String(n + 1).padStart(2, "0")}`)];
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(7 * week, 7 * week + 7));
}

/**
 * The month so many months after another.
 * @param {string} month
 * @param {number} by
 */
export function monthAfter(month, by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/**
 * How many end in each month.
 * @param {EndingDay[]} days
 */
export function byMonth(days) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { day, entries } of days) counts.set(day.slice(0, 7), (counts.get(day.slice(0, 7)) ?? 0) + entries);
  return counts;
}

/**
 * First and last day of a month.
 * @param {string} month
 */
export function spanOf(month) {
  const days = weeksOf(month).flat().filter((day) => day !== null);
  return { from: days[0], to: days[days.length - 1] };
}
