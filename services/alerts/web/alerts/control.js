// That what was just compared was a control pair, and whether the answer was right.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
/** @import { ControlResult } from "../types/openapi" */

/** @param {{ control: ControlResult }} props */
export function Control({ control }) {
  const w = words.value;
  const said = control.right === null ? w.controlOpen : control.right ? w.controlRight : w.controlWrong;
  return html`<section class="control" role="status">
    <h2><${Icon} name=${control.right === false ? "cross" : control.right ? "check" : "ask"} />${w.controlPair}</h2>
    <p>${control.same ? w.controlSame : w.controlTwo} ${said}</p>
    <p class="muted">${w.controlWhy}</p>
  </section>`;
}
