// The next keys of somebody else, announced by the former ones: two accounts accept them.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
/** @import { RenewalView } from "../../types/openapi" */

/** @param {{ of: RenewalView, may: boolean, accept: (fingerprint: string) => unknown }} props */
export function Renewal({ of, may, accept }) {
  const w = words.value.lists;
  const own = of.asked_by !== null && of.asked_by === state.account.value;
  return html`<div class="signed">
    <p class="notice">${of.asked_by === null ? w.renewal : w.renewalAsked(of.asked_by)} <code>${of.fingerprint}</code>${own && ` ${w.another}`}</p>
    ${may && !own && html`<button type="button" class="second" onClick=${() => accept(of.fingerprint)}>${w.accept}</button>`}
  </div>`;
}
