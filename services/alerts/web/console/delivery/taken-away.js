// A button that takes something away, once it was pressed twice.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { Sure } from "../parts/sure.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";

/** @param {{ name: string, text: string, work: () => Promise<unknown> }} props */
export function TakeAway({ name, text, work }) {
  const w = words.value.delivery;
  const open = useSignal(false);
  const action = useAction();
  const send = async () => {
    if (await action.run(async () => (await work(), true))) open.value = false;
  };
  return html`<button type="button" class="second" aria-label=${w.of(w.takeAway, name)} onClick=${() => (open.value = true)}>${w.takeAway}</button>
    ${open.value &&
    html`<${Sure} title=${w.of(w.takeAway, name)} text=${text} button=${w.takeAway} danger action=${action} send=${send}
      done=${() => (open.value = false)} />`}`;
}
