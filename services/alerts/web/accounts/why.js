// A step that needs a reason: closed until it is wanted, so that nobody presses it by accident.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { useAction } from "./asking.js";
import { WhyNot } from "./why-not.js";
import { words } from "./words.js";
/** @import { Children } from "../types/page" */

/**
 * @param {{
 *   name: string, title: string, text?: string, danger?: boolean, asks?: boolean, button?: string,
 *   work: (reason: string) => Promise<unknown>, children?: Children,
 * }} props `asks`: whether it needs a reason
 */
export function Why({ name, title, text, danger = false, asks = true, button = title, work, children }) {
  const w = words.value;
  const [reason, wanted] = [useSignal(""), useSignal(false)];
  const action = useAction();
  const send = async () => {
    const done = await action.run(async () => (await work(reason.value.trim())) ?? true);
    if (done !== undefined) wanted.value = false;
  };
  if (!wanted.value) {
    return html`<button type="button" class=${danger ? "second last" : "second"} onClick=${() => (wanted.value = true)}>${title}</button>`;
  }
  return html`<form class="card" onSubmit=${onSubmit(send)} aria-label=${title}>
    ${text && html`<p>${text}</p>`}
    ${children}
    ${asks &&
    html`<div class="field"><label for=${`${name}-reason`}>${w.reason}</label>
      <textarea id=${`${name}-reason`} rows="2" ...${bound(reason)} required minlength="3" maxlength="500"></textarea></div>`}
    <${WhyNot} fault=${action.fault} />
    <div class="buttons">
      <button class=${danger ? "danger" : "go"} disabled=${action.busy.value || (asks && reason.value.trim().length < 3)}>${button}</button>
      <button type="button" class="second" onClick=${() => (wanted.value = false)}>${w.cancel}</button>
    </div>
  </form>`;
}
