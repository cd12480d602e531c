// The state of an entry.
import { html } from "../../shared/html.js";
import { words } from "../words.js";

/** @param {{ of: string }} props */
export function StateChip({ of }) {
  /** @type {Record<string, string>} */
  const named = words.value.states;
  return html`<span class=${`chip state-${of}`}>${named[of] ?? of}</span>`;
}
