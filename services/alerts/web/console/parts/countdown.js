// How long something still stands.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { until } from "../formats.js";

/**
 * Counts down by the second only where seconds matter.
 * @param {{ to: string }} props
 */
export function Countdown({ to }) {
  const left = Date.parse(to) - Date.now();
  if (left > 0 && left < 86_400_000) void state.ticking.value;
  return html`<time dateTime=${to} class=${left < 30 * 86_400_000 ? "soon" : ""}>${until(to)}</time>`;
}
