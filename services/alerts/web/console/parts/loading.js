// Before something was read, and why it could not be.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { Fault } from "./fault.js";
/** @import { Failure } from "../../types/page" */
/** @import { Signal } from "@preact/signals" */

/** @param {{ fault: Signal<Failure | null> }} props */
export function Loading({ fault }) {
  if (fault.value) return html`<${Fault} fault=${fault} />`;
  return html`<p class="muted" role="status">${words.value.loading}</p>`;
}
