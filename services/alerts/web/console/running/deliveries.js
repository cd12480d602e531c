// How the messages of the last hour left.
import { html } from "../../shared/html.js";
import { readable } from "./kept.js";
import { words } from "./words.js";
/** @import { DeliveryRunning } from "../../types/openapi" */

/** @param {{ delivery: DeliveryRunning | null }} props */
export function Deliveries({ delivery }) {
  const w = words.value;
  return html`<section class="card" aria-labelledby="delivered">
    <h2 id="delivered">${w.delivery}</h2>
    ${delivery === null && html`<p class="hint">${w.noDelivery}</p>`}
    ${delivery?.silent && html`<p class="notice">${w.deliverySilent}</p>`}
    ${delivery !== null && delivery.dead_letters > 0 && html`<p class="notice">${w.deadLetters(delivery.dead_letters)}</p>`}
    ${delivery?.paths.length === 0 && html`<p class="hint">${w.noneSent}</p>`}
    ${delivery !== null && delivery.paths.length > 0 &&
    html`<div class="wide" tabindex="0" role="group" aria-label=${w.delivery}><table>
      <thead><tr><th>${w.way}</th><th>${w.sent}</th><th>${w.waiting}</th><th>${w.failed}</th><th>${w.within}</th></tr></thead>
      <tbody>${delivery.paths.map(
        (each) => html`<tr key=${each.path}><th scope="row">${w.ways[each.path] ?? each.path}</th><td>${each.sent}</td><td>${each.waiting}</td>
          <td>${each.failed}</td><td>${each.seconds === null ? "–" : w.seconds(readable(each.seconds))}</td></tr>`,
      )}</tbody>
    </table></div>`}
  </section>`;
}
