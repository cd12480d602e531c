// Which findings there were how often.
import { html } from "../../shared/html.js";
import { title } from "../findings.js";

/** @param {{ of: Record<string, number> }} props */
export function Reasons({ of }) {
  const counted = Object.entries(of).sort(([, one], [, other]) => other - one);
  if (counted.length === 0) return null;
  return html`<p class="hint">${counted.map(([code, times]) => `${title(code)} ${times}`).join(" · ")}</p>`;
}
