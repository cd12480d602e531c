// A field for text; all other attributes go to the field itself.
import { html } from "../../shared/html.js";
import { Field } from "./field.js";
/** @import { FieldEvent } from "../../types/page" */

/**
 * @param {{
 *   id: string, label: string, hint?: string, value: string, lines?: number, onInput: (event: FieldEvent) => void,
 * } & Record<string, unknown>} props
 */
export function TextField({ id, label, hint, value, lines, onInput, ...rest }) {
  const attributes = { id, value, onInput, "aria-describedby": hint ? `${id}-hint` : undefined, ...rest };
  return html`<${Field} id=${id} label=${label} hint=${hint}>
    ${lines ? html`<textarea rows=${lines} ...${attributes}></textarea>` : html`<input ...${attributes} />`}
  <//>`;
}
