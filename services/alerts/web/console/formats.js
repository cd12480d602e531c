// How the console writes days, figures and grounds.
import { timeZone } from "../shared/days.js";
import { language } from "../shared/language.js";
import { words as pageWords } from "../shared/words.js";
import { words } from "./words.js";

const DAY_MS = 86_400_000;
/** @type {Intl.DateTimeFormatOptions} */
const DATE = { year: "numeric", month: "short", day: "numeric" };
/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour12: false, hour: "2-digit", minute: "2-digit" };

/**
 * @param {string} code
 * @param {string} title for a ground that the page has no words for
 */
export function category(code, title = code) {
  /** @type {Record<string, string>} */
  const known = pageWords.value.categories;
  return known[code] ?? title;
}

/**
 * A reason as a person wrote it; what the program wrote of itself is said in the page's language.
 * @param {string | null} text
 */
export const reason = (text) => words.value.ownReasons[text ?? ""] ?? text;

/** @param {number} cosine */
export const figure = (cosine) => cosine.toFixed(3);

/**
 * A day as it was typed (2028-06-30) is in no time zone.
 * @param {string} day
 */
export const date = (day) => new Date(day).toLocaleDateString(language.value, { ...DATE, timeZone: "UTC" });

/**
 * Day and time in the hospital.
 * @param {string} at
 */
export function moment(at) {
  const then = new Date(at);
  const zone = { timeZone: timeZone() };
  const day = then.toLocaleDateString(language.value, { ...DATE, ...zone });
  return `${day} ${then.toLocaleTimeString(language.value, { ...TIME, ...zone })}`;
}

/**
 * How long something still stands: in years and months, then days, then hours and minutes.
 * @param {string} at
 * @param {number} now milliseconds
 */
export function until(at, now = Date.now()) {
  const w = words.value;
  const left = Date.parse(at) - now;
  if (left <= 0) return w.over;
  const days = Math.floor(left / DAY_MS);
  if (days >= 365) return w.inYears(Math.floor(days / 365), Math.floor((days % 365) / 30.5));
  if (days >= 60) return w.inMonths(Math.floor(days / 30.5));
  if (days >= 1) return w.inDays(days);
  return w.inHours(Math.floor(left / 3_600_000), Math.floor((left % 3_600_000) / 60_000));
}
