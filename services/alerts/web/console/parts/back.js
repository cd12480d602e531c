// The way back to where one came from.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { address } from "../../shared/place.js";

/** @param {{ to: string[], text: string }} props */
export function Back({ to, text }) {
  return html`<a class="back" href=${address(...to)}><${Icon} name="back" />${text}</a>`;
}
