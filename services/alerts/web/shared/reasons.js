// What keeps alerts from working, by code (proto/wardwatch/v1/reasons.py), in both languages. A test compares the codes
// and parameters.
import { language } from "./language.js";
import { en } from "./reasons/en.js";
import { NAMES } from "./reasons/names.js";
import { zh } from "./reasons/zh.js";
/** @import { ReasonView } from "../types/openapi" */

const UNKNOWN = { en: "Something keeps alerts from working.", zh: "有情况影响告警。" };
const UNITS = { en: { s: "s", min: "min", h: "h", d: "d" }, zh: { s: "秒", min: "分钟", h: "小时", d: "天" } };
/** @type {Record<string, number>} */
const SECONDS = { seconds: 1, hours: 3600, days: 86_400 };
// Which parameters name a part of the system. A camera that somebody has called "database" stays what it is called.
const NAMED = new Set(["stage", "source", "disk", "trouble"]);
// The first of many, by commas.
const LISTS = new Set(["cameras", "hospitals"]);
const COMMA = { en: ", ", zh: "、" };

/**
 * A reason in the page's language.
 * @param {ReasonView} reason
 */
export function saying({ code, site, parameters }) {
  const chosen = language.value === "zh-CN" ? "zh" : "en";
  /** @type {Record<string, string>} */
  const sentences = chosen === "zh" ? zh : en;
  if (!Object.hasOwn(sentences, code)) return UNKNOWN[chosen];
  /** @type {Record<string, string | number>} */
  const given = { site: site ?? "", ...parameters };
  /** @param {string} name */
  const written = (name) => {
    const value = given[name] ?? "";
    if (Object.hasOwn(SECONDS, name)) return lasting(Number(value) * SECONDS[name], chosen);
    if (LISTS.has(name)) return String(value).replaceAll(", ", COMMA[chosen]);
    if (NAMED.has(name) && Object.hasOwn(NAMES[chosen], value)) return NAMES[chosen][value];
    return String(value);
  };
  return sentences[code].replace(/\{(\w+)\}/g, (_, name) => written(name));
}

/**
 * 40 s, 5 min, 3 h, 2 d
 * @param {number} seconds
 * @param {"en" | "zh"} chosen
 */
function lasting(seconds, chosen) {
  const units = UNITS[chosen];
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} ${units.d}`;
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} ${units.h}`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} ${units.min}`;
  return `${seconds} ${units.s}`;
}
