// The language of the pages: chosen by the person, else the browser's.
import { signal } from "@preact/signals";

/** @typedef {"zh-CN" | "en"} Language */

const KEY = "wardwatch.language";

/** @returns {Language} */
function first() {
  const stored = localStorage.getItem(KEY);
  if (stored === "zh-CN" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export const language = signal(first());

// Chosen in another window of this browser.
addEventListener("storage", ({ key }) => {
  if (key === KEY) language.value = first();
});

/** @param {Language} choice */
export function speak(choice) {
  localStorage.setItem(KEY, choice);
  language.value = choice;
}
