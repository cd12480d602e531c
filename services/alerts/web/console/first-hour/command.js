// A command to paste on the machine.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { words } from "../words.js";

/** @param {{ line: string }} props */
export function Command({ line }) {
  const w = words.value.firstSteps;
  const copied = useSignal(false);
  const copy = () => navigator.clipboard.writeText(line).then(() => (copied.value = true), () => {});
  return html`<div class="command">
    <code>${line}</code>
    ${isSecureContext &&
    html`<button type="button" class="second" onClick=${copy}>${copied.value ? w.copied : w.copy}</button>`}
  </div>`;
}
