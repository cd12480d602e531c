// All changes of an entry, read when somebody opens them.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
import { Changes } from "./changes.js";

/** @param {{ id: string, revision: number }} props */
export function HistoryCard({ id, revision }) {
  const w = words.value;
  const open = useSignal(false);
  /** @param {Event & { currentTarget: HTMLDetailsElement }} event */
  const toggle = (event) => (open.value = event.currentTarget.open);
  return html`<section class="card history">
    <details onToggle=${toggle}>
      <summary><h2>${w.history}</h2></summary>
      ${open.value && html`<${Changes} id=${id} revision=${revision} />`}
    </details>
    ${state.may("read_audit") && html`<a href=${address("audit", "of", id)}>${w.auditOf}</a>`}
  </section>`;
}
