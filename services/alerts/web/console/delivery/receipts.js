// Whom an alert was told, by which way, and how far that came.
import { useEffect } from "preact/hooks";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { moment } from "../formats.js";
import { Field } from "../parts/field.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { became } from "./became.js";
/** @import { DeliveryView } from "../../types/openapi" */

const LATEST = 20;

/** @param {{ alert?: string }} props */
export function Receipts({ alert }) {
  const w = words.value.delivery;
  const { found, fault } = useReading(async () => (alert ? ask("GET /incidents/{incident}/deliveries", { path: { incident: alert } }) : null), alert);
  const known = state.incidents.value.slice(0, LATEST);
  // Who came by an alert's link looks at what became of it.
  useEffect(() => {
    if (alert) document.getElementById("receipts")?.scrollIntoView();
  }, [alert]);
  const named = known.some((each) => each.id === alert) || !alert ? known : [{ id: alert, site: "", raised_at: null }, ...known];
  return html`<section class="card" id="receipts">
    <h2>${w.receipts}</h2>
    <${Field} id="receipts-alert" label=${w.alert}>
      <select id="receipts-alert" value=${alert ?? ""} onChange=${onText((id) => go("delivery", ...(id ? ["alert", id] : [])))}>
        <option value="">${words.value.choose}</option>
        ${named.map(({ id, site, raised_at }) => html`<option key=${id} value=${id}>${raised_at ? `${site} · ${moment(raised_at)} · ` : ""}${id.slice(0, 8)}</option>`)}
      </select>
    <//>
    ${alert && found.value === null && html`<${Loading} fault=${fault} />`}
    ${found.value?.deliveries.length === 0 && html`<p class="nobody">${w.noReceipts}</p>`}
    <ol class="arranged">${found.value?.deliveries.map(receipt)}</ol>
    ${alert && html`<button type="button" class="second" onClick=${() => state.showLinked(alert)}>${w.openAlert}</button>`}
  </section>`;
}

/** @param {DeliveryView} each */
function receipt(each) {
  const w = words.value.delivery;
  const times = /** @type {const} */ ([["sent", each.sent_at], ["shown", each.shown_at], ["opened", each.opened_at], ["answered", each.answered_at]]);
  return html`<li key=${each.id}>
    <div class="head"><b>${[w.paths[each.path], each.account ?? each.channel].filter(Boolean).join(" · ")}</b><span>${became(each)}</span></div>
    <p>${w.kinds[each.kind]} · ${moment(each.due_at)}</p>
    <p class="hint">${times.flatMap(([name, at]) => (at ? [`${w.states[name]} ${moment(at)}`] : [])).join(" · ")}</p>
  </li>`;
}
