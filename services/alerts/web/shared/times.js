// Times and ages as a person reads them. Times and days are the hospital's, wherever this browser is.
import { dayOf, timeZone, today } from "./days.js";
import { language } from "./language.js";
import { words } from "./words.js";

/** @param {string} moment */
export function clock(moment) {
  return new Date(moment).toLocaleTimeString(language.value, { hourCycle: "h23", timeZone: timeZone() });
}

/**
 * The time without seconds.
 * @param {string} moment
 */
export function minute(moment) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { hourCycle: "h23", hour: "2-digit", minute: "2-digit", timeZone: timeZone() };
  return new Date(moment).toLocaleTimeString(language.value, options);
}

/**
 * The time, and before it the day unless that is today.
 * @param {string} moment
 */
export function day(moment) {
  if (dayOf(moment) === today()) return clock(moment);
  const date = new Date(moment).toLocaleDateString(language.value, { month: "short", day: "numeric", timeZone: timeZone() });
  return `${date} ${clock(moment)}`;
}

/**
 * 00:07, 12:40, 3 h 05, 2 d 3 h
 * @param {number} milliseconds
 */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return words.value.hours(hours, two(Math.floor((seconds % 3600) / 60)));
  return words.value.days(Math.floor(hours / 24), hours % 24);
}

/** @param {number} figure */
const two = (figure) => String(figure).padStart(2, "0");
