// Why something was refused, by code (proto/wardwatch/v1/refusals.py), in both languages. A test compares the codes, and
// that no sentence names a parameter which the server does not send.
import { language } from "./language.js";
import { en } from "./refusals/en.js";
import { NAMES } from "./refusals/names.js";
import { zh } from "./refusals/zh.js";
/** @import { Problem } from "../types/openapi" */

/** @typedef {string | number | string[]} Param */

const GENERAL = {
  /** @param {number} status */
  en: (status) => (status >= 500 ? "This cannot be done at the moment." : "This was not accepted."),
  /** @param {number} status */
  zh: (status) => (status >= 500 ? "暂时无法完成此操作。" : "系统未接受此操作。"),
};

/**
 * What a refusal says in the page's language. `aside` is the server's own English where there are no words for it.
 * @param {Partial<Problem> & { status: number }} problem
 */
export function explain({ status, code, params = {}, detail, title }) {
  const chosen = language.value === "zh-CN" ? "zh" : "en";
  /** @type {Record<string, string>} */
  const sentences = chosen === "zh" ? zh : en;
  if (!code || !Object.hasOwn(sentences, code)) {
    return { text: GENERAL[chosen](status), aside: detail || title || String(status) };
  }

  /** @param {string | number} value */
  const named = (value) => (Object.hasOwn(NAMES[chosen], value) ? NAMES[chosen][value] : String(value));
  /** @param {Param} value */
  const written = (value) =>
    Array.isArray(value) ? value.map(named).join(chosen === "zh" ? "、" : ", ") : named(value);
  return { text: sentences[code].replace(/\{(\w+)\}/g, (_, name) => written(params[name] ?? "")), aside: "" };
}
