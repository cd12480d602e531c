// How alerts reach people: who is on duty, rules, channels, zones, and what never arrived.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { Channels } from "./channels.js";
import { Letters } from "./letters.js";
import { OnDuty } from "./on-duty.js";
import { Receipts } from "./receipts.js";
import { Rules } from "./rules.js";
import { useArrangements } from "./use-arrangements.js";
import { Zones } from "./zones.js";

/** @param {{ alert?: string }} props `alert`: the one whose messages are looked at */
export function Delivery({ alert }) {
  const w = words.value.delivery;
  const known = useArrangements();
  return html`<section class="page">
    <h1>${w.title}</h1>
    <div class="columns">
      <div>
        <${Rules} known=${known} />
        <${Zones} known=${known} />
      </div>
      <div>
        <${OnDuty} />
        <${Channels} known=${known} />
        <${Letters} />
        <${Receipts} alert=${alert} />
      </div>
    </div>
  </section>`;
}
