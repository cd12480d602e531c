// The five steps of an import.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { words } from "../words.js";

/** @typedef {"purpose" | "files" | "check" | "duplicates" | "commit"} Step */

/** @type {Step[]} */
export const STEPS = ["purpose", "files", "check", "duplicates", "commit"];

/** @param {{ id?: string, now: Step }} props */
export function Steps({ id, now }) {
  const w = words.value;
  const at = STEPS.indexOf(now);
  return html`<nav aria-label=${w.steps}><ol class="steps">
    ${STEPS.map((step, n) => {
      const text = html`<span>${n + 1}</span>${w.importSteps[step]}`;
      return html`<li key=${step} class=${n < at ? "past" : ""} aria-current=${n === at ? "step" : undefined}>
        ${id ? html`<a href=${address("imports", id, step)}>${text}</a>` : text}
      </li>`;
    })}
  </ol></nav>`;
}
