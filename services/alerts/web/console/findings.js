// What can be wrong with a photo: a title in both languages, the measure beside its limit, and a remedy.
import { language } from "../shared/language.js";
import { FINDINGS } from "./words/findings.js";
/** @import { Measures } from "../types/openapi" */

/** @typedef {(measure: number) => string} Unit */

/** @type {Unit} */
const PX = (n) => `${Math.round(n)} px`;
/** @type {Unit} */
const DEGREES = (n) => `${Math.round(Math.abs(n))}°`;
/** @type {Unit} */
const SHARE = (n) => `${Math.round(n * 100)} %`;
/** @type {Unit} */
const PLAIN = (n) => String(Math.round(n * 100) / 100);

/** @type {Record<string, Unit>} */
const UNITS = {
  small_face: PX, small_eye_distance: PX, turned: DEGREES, tilted: DEGREES, pitched: DEGREES, overexposed: SHARE,
  several_faces: SHARE,
};
/**
 * The measure that a warning is about, for photos that are enrolled: of these only some measures are stored.
 * @type {Record<string, keyof Measures>}
 */
const MEASURES = {
  small_face: "face_px", small_eye_distance: "eye_distance_px", turned: "yaw_degrees", tilted: "roll_degrees",
  dark: "exposure",
};

export const isChinese = () => language.value === "zh-CN";

/** @param {string} code */
const wordsOf = (code) => FINDINGS[code] ?? null;
/** @param {string} code */
export const title = (code) => wordsOf(code)?.[isChinese() ? "zh" : "en"] ?? code;
/** @param {string} code */
export const remedy = (code) => wordsOf(code)?.[isChinese() ? "zhDo" : "enDo"] ?? "";
/** @param {string} code */
export const unit = (code) => UNITS[code] ?? PLAIN;

/**
 * The measure that a warning is about; nothing where it is not stored.
 * @param {string} code
 * @param {Measures} measures
 */
export function measured(code, measures) {
  const measure = MEASURES[code];
  return measure === undefined ? "" : unit(code)(measures[measure]);
}
