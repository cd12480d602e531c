// Every kind of act, by what it is done to.
import { html } from "../../shared/html.js";
import { words } from "./words.js";

export function Kinds() {
  const w = words.value;
  const actions = Object.keys(w.acts);
  return html`${Object.entries(w.families).map(
    ([family, title]) => html`<optgroup key=${family} label=${title}>
      <option value=${family}>${w.allOf(title)}</option>
      ${actions
        .filter((action) => action.startsWith(`${family}.`))
        .map((action) => html`<option key=${action} value=${action}>${w.acts[action]}</option>`)}
    </optgroup>`,
  )}`;
}
