// What to scale, in the words of the command that measures it.
import { html } from "../../shared/html.js";
import { withCode } from "../parts/with-code.js";
import { words } from "./words.js";
/** @import { ScaleHint } from "../../types/openapi" */

/** @param {{ hints: ScaleHint[] }} props */
export function Hints({ hints }) {
  const w = words.value;
  return html`<section class="card" aria-labelledby="scale">
    <h2 id="scale">${w.scale}</h2>
    <ul class="compared">${hints.map(({ code, parameters }) => html`<li key=${`${code} ${parameters.stage}`}>${withCode(w.hints[code](parameters))}</li>`)}</ul>
    <p class="hint">${withCode(w.capacityHint)}</p>
  </section>`;
}
