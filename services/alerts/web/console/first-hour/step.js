// One step: whether it is done and by whom, and what leads on.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { words } from "../words.js";
import { Lead } from "./lead.js";
/** @import { FirstStep, FirstSteps } from "../../types/openapi" */
/** @import { Handed } from "../../types/page" */

/** @param {{ step: FirstStep, isNext: boolean, of: FirstSteps, hand: (made: Handed) => void }} props */
export function Step({ step, isNext, of, hand }) {
  const w = words.value.firstSteps;
  const names = step.names.join(", ");
  const title = html`<span class="mark">${step.done && html`<${Icon} name="check" />`}</span>
    <span><b>${w.titles[step.code]}</b>${names && html`<small>${names}</small>`}</span>
    <small class="is">${step.done ? w.done : w.open}</small>`;
  if (step.done) return html`<li class="done"><p class="of-step">${title}</p></li>`;
  return html`<li class=${isNext ? "next" : ""}>
    <details open=${isNext}>
      <summary class="of-step">${title}</summary>
      <div class="leads"><${Lead} code=${step.code} of=${of} hand=${hand} /></div>
    </details>
  </li>`;
}
