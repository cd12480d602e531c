// The next page of a list.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { Fault } from "./fault.js";
/** @import { Pages } from "../../types/page" */

/** @param {{ pages: Pages<unknown> }} props */
export function More({ pages }) {
  if (pages.next.value === null && pages.moreFault.value === null) return null;
  return html`<div class="more">
    <${Fault} fault=${pages.moreFault} />
    <button type="button" class="second" disabled=${pages.busy.value} onClick=${pages.more}>${words.value.more}</button>
  </div>`;
}
