// Several of a few: boxes to tick. None is any of them.
import { onCheck } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { withName } from "./names.js";

/**
 * @param {{ legend: string, hint?: string, known: [string, string][], chosen: string[], choose: (chosen: string[]) => void }} props
 * `known`: what may be chosen, each with its words
 */
export function Choices({ legend, hint, known, chosen, choose }) {
  return html`<fieldset>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    <div class="ticks">
      ${known.map(
        ([name, text]) => html`<label class="check" key=${name}><input type="checkbox" checked=${chosen.includes(name)}
          onChange=${onCheck((on) => choose(withName(chosen, name, on)))} />${text}</label>`,
      )}
    </div>
  </fieldset>`;
}
