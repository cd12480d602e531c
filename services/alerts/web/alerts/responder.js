// Who is on the way.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { Responder } from "../types/openapi" */

/** @param {{ responder: Responder }} props */
export function Responder({ responder }) {
  const w = words.value;
  const mine = responder.account === state.account.value;
  return html`<p class="responder">
    <${Icon} name="run" /><b>${mine ? w.youRespond : w.responding(responder.account)}</b>
    <time dateTime=${responder.at}>${clock(responder.at)}</time>
  </p>`;
}
