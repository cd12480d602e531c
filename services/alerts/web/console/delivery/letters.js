// Messages that another system never took: an administrator has them tried again.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { moment } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { Loading } from "../parts/loading.js";
import { useAction } from "../use-action.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { became } from "./became.js";

export function Letters() {
  const w = words.value.delivery;
  const { found, fault, again } = useReading(() => ask("GET /delivery/dead-letters"));
  const action = useAction();
  /** @param {string} delivery */
  const send = (delivery) =>
    action.run(async () => {
      await ask("POST /delivery/dead-letters/{delivery}/send", { path: { delivery } });
      await again();
    });
  return html`<section class="card">
    <h2>${w.letters}</h2>
    <p class="hint">${w.lettersText}</p>
    ${found.value === null && html`<${Loading} fault=${fault} />`}
    ${found.value?.deliveries.length === 0 && html`<p class="nobody">${w.noLetters}</p>`}
    <ul class="arranged">
      ${found.value?.deliveries.map(
        (each) => html`<li key=${each.id}>
          <div class="head"><b>${each.channel}</b><span>${each.site}</span></div>
          <p>${w.kinds[each.kind]} · ${moment(each.due_at)}</p>
          <p class="hint">${became(each)} · ${w.attempts(each.attempts)}</p>
          ${state.may("send_again") &&
          html`<div class="buttons"><button type="button" class="second" disabled=${action.busy.value} onClick=${() => send(each.id)}>${w.sendAgain}</button></div>`}
        </li>`,
      )}
    </ul>
    <${Fault} fault=${action.fault} />
  </section>`;
}
