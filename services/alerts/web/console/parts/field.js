// A label and what it is for. `hint` is read out with it.
import { html } from "../../shared/html.js";
/** @import { Children } from "../../types/page" */

/** @param {{ id: string, label: string, hint?: string, children?: Children }} props */
export function Field({ id, label, hint, children }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`;
}
