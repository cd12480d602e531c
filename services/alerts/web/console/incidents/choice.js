// One thing that incidents are looked for by.
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { Field } from "../parts/field.js";
import { words } from "../words.js";

/** @param {{ id: string, label: string, value: string, options: [string, string][], choose: (value: string) => void }} props */
export function Choice({ id, label, value, options, choose }) {
  return html`<${Field} id=${id} label=${label}>
    <select id=${id} value=${value} onChange=${onText(choose)}>
      <option value="">${words.value.incidents.any}</option>
      ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
    </select>
  <//>`;
}
