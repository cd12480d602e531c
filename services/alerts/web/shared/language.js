// The language of the pages: chosen by the person, else the browser's.
import { signal } from "@preact/signals";

/** @typedef {"zh-CN" | "en"} Language */

const KEPT = "wardwatch.language";

/** @returns {Language} */
function first() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh-CN" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export const language = signal(first());

/** @param {Language} choice */
export function speak(choice) {
  localStorage.setItem(KEPT, choice);
  language.value = choice;
}
