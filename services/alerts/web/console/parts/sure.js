// Asks once more before something that takes no reason.
import { onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { Box } from "./box.js";
import { Fault } from "./fault.js";
/** @import { Action, Children } from "../../types/page" */

/**
 * @param {{
 *   title: string, text: string, button: string, danger?: boolean, action: Action, send: () => void, done: () => void,
 *   children?: Children,
 * }} props
 */
export function Sure({ title, text, button, danger, action, send, done, children }) {
  return html`<${Box} name="sure" title=${title} done=${done}>
    <form onSubmit=${onSubmit(send)}>
      <p>${text}</p>
      ${children}
      <${Fault} fault=${action.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
        <button class=${danger ? "danger" : "go"} disabled=${action.busy.value}>${button}</button>
      </div>
    </form>
  <//>`;
}
