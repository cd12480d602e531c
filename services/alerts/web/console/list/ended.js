// Who is no more on the list: folded away below those who are.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { EndedRows } from "./ended-rows.js";

/** @param {{ count: number, text: string, sort: string }} props */
export function Ended({ count, text, sort }) {
  const w = words.value;
  const open = useSignal(false);
  if (count === 0) return null;
  /** @param {Event & { currentTarget: HTMLDetailsElement }} event */
  const toggle = (event) => (open.value = event.currentTarget.open);
  return html`<details class="ended" onToggle=${toggle}>
    <summary>${w.groups.ended} <small>${count}</small></summary>
    ${open.value && html`<${EndedRows} text=${text} sort=${sort} />`}
  </details>`;
}
