// The words of the console, and how it writes days, figures and grounds.
import { computed } from "@preact/signals";
import { timeZone } from "../days.js";
import { language, words as page } from "../words.js";
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

export const words = computed(() => (language.value === "zh-CN" ? zh : en));

const DAY_MS = 86_400_000;

export const category = (code, title = code) => page.value.categories[code] ?? title;
// A reason as a person wrote it; what the program wrote of itself is said in the page's language.
export const reason = (text) => words.value.ownReasons[text] ?? text;
export const figure = (number) => number.toFixed(3);

const DATE = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour12: false, hour: "2-digit", minute: "2-digit" };

// A day as it was typed (2028-06-30) is in no time zone.
export const date = (day) => new Date(day).toLocaleDateString(language.value, { ...DATE, timeZone: "UTC" });

export function moment(at) {
  const then = new Date(at);
  const zone = { timeZone: timeZone() };
  const day = then.toLocaleDateString(language.value, { ...DATE, ...zone });
  return `${day} ${then.toLocaleTimeString(language.value, { ...TIME, ...zone })}`;
}

// How long something still stands: in years and months, then days, then hours and minutes.
export function until(at) {
  const w = words.value;
  const left = Date.parse(at) - Date.now();
  if (left <= 0) return w.over;
  const days = Math.floor(left / DAY_MS);
  if (days >= 365) return w.inYears(Math.floor(days / 365), Math.floor((days % 365) / 30.5));
  if (days >= 60) return w.inMonths(Math.floor(days / 30.5));
  if (days >= 1) return w.inDays(days);
  return w.inHours(Math.floor(left / 3_600_000), Math.floor((left % 3_600_000) / 60_000));
}
