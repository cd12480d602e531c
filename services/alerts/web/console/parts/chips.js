// Filters side by side; `shown` maps each value to its words.
import { html } from "../../shared/html.js";

/** @param {{ label: string, value: string, shown: Record<string, string>, onChoose: (value: string) => void }} props */
export function Chips({ label, value, shown, onChoose }) {
  return html`<div class="chips" role="group" aria-label=${label}>
    ${Object.entries(shown).map(
      ([key, text]) => html`<button
        type="button" class="filter" key=${key} aria-pressed=${value === key ? "true" : "false"}
        onClick=${() => onChoose(key)}
      >${text}</button>`,
    )}
  </div>`;
}
