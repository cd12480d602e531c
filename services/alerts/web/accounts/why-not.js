// Why it was refused; without an answer it is said that nobody knows.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Refused } from "../shared/request.js";
import { words } from "./words.js";
/** @import { Failure } from "../types/page" */

/** @param {{ fault: { value: Failure | null } }} props */
export function WhyNot({ fault }) {
  const error = fault.value;
  if (error === null) return null;
  const text = error instanceof Refused ? error.message : words.value.noAnswer;
  return html`<p class="complaint" role="alert"><${Icon} name="alarm" /><span>${text}</span></p>`;
}
