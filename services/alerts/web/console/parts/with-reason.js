// Asks why, does it, and closes when it is done.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { Box } from "./box.js";
import { Fault } from "./fault.js";
import { TextField } from "./text-field.js";
/** @import { Children } from "../../types/page" */

/**
 * @param {{
 *   name: string, title: string, text?: string, button: string, danger?: boolean, label?: string, ready?: boolean, work: (reason: string) => Promise<unknown>,
 *   done: () => void, children?: Children,
 * }} props
 */
export function WithReason({ name, title, text, button, danger, label, ready = true, work, done, children }) {
  const w = words.value;
  const reason = useSignal("");
  const action = useAction();
  const send = async () => {
    const answer = await action.run(async () => (await work(reason.value.trim())) ?? true);
    if (answer !== undefined) done();
  };
  return html`<${Box} title=${title} name=${name} done=${done}>
    <form onSubmit=${onSubmit(send)}>
      ${text && html`<p>${text}</p>`}
      ${children}
      <${TextField} id=${`${name}-reason`} label=${label ?? w.reason} lines=${2} ...${bound(reason)} required minlength="3" maxlength="500" />
      <${Fault} fault=${action.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <button class=${danger ? "danger" : "go"} disabled=${action.busy.value || !ready || reason.value.trim().length < 3}>${button}</button>
      </div>
    </form>
  <//>`;
}
