// The hospital's time zone, as the server names it: a browser elsewhere shows the same days and times.
import { untracked } from "@preact/signals";
import { me, serverNow } from "./session.js";

export const timeZone = () => me.value?.time_zone;

/**
 * The day that a moment falls on in the hospital, as date fields write it: 2028-06-30.
 * @param {string | number} moment
 */
export function dayOf(moment) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { timeZone: timeZone(), year: "numeric", month: "2-digit", day: "2-digit", calendar: "iso8601" };
  const parts = new Intl.DateTimeFormat("en", options).formatToParts(new Date(moment));
  const named = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${named.year}-${named.month}-${named.day}`;
}

// Not drawn anew with every second that passes.
export const today = () => dayOf(untracked(serverNow));

/**
 * A year after a day, or its last day of February.
 * @param {string} day
 */
export function yearAfter(day) {
  const [year, month, date] = day.split("-").map(Number);
  const then = new Date(Date.UTC(year + 1, month - 1, date));
  if (then.getUTCMonth() !== month - 1) then.setUTCDate(0);
  return then.toISOString().slice(0, 10);
}
