// Filters side by side; `labels` maps each value to its words.
import { html } from "../../shared/html.js";

/** @param {{ label: string, value: string, labels: Record<string, string>, onChoose: (value: string) => void }} props */
export function Chips({ label, value, labels, onChoose }) {
  return html`<div class="chips" role="group" aria-label=${label}>
    ${Object.entries(labels).map(
      ([key, text]) => html`<button
        type="button" class="filter" key=${key} aria-pressed=${value === key ? "true" : "false"}
        onClick=${() => onChoose(key)}
      >${text}</button>`,
    )}
  </div>`;
}
