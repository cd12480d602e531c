// Erasures that not every hospital has closed: how many have, and whom they wait for.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { WithReason } from "../parts/with-reason.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { owes } from "./standing.js";
/** @import { ListErasure, OwingHospital } from "../../types/openapi" */

/** @param {{ list: string, erasures: ListErasure[], changed: () => Promise<void> }} props */
export function Erasures({ list, erasures, changed }) {
  const w = words.value.lists;
  const action = useAction();
  const asks = useSignal(/** @type {{ entry: string, owing: OwingHospital } | null} */ (null));
  if (erasures.length === 0) return null;
  /** @param {string} entry @param {string} hospital */
  const approve = (entry, hospital) =>
    action.run(async () => {
      await desk("POST /federation/lists/{list}/hospitals/{hospital}/entries/{entry}/closing/approval", { path: { list, hospital, entry } });
      await changed();
    });
  /** @param {string} entry @param {OwingHospital} owing */
  const closing = (entry, owing) => {
    if (owing.closing_asked_by === null) {
      return state.may("close_for") && html`<button type="button" class="second" onClick=${() => (asks.value = { entry, owing })}>${w.closeFor}</button>`;
    }
    const own = owing.closing_asked_by === state.account.value;
    return html`<p class="notice">${w.closingAsked(owing.closing_asked_by, owing.closing_reason)}${own && ` ${w.another}`}</p>
      ${!own && state.may("approve_closing") && html`<button type="button" class="second" disabled=${action.busy.value} onClick=${() => approve(entry, owing.hospital)}>${w.approveClosing}</button>`}`;
  };
  const asked = asks.value;
  return html`<h3>${w.erasures}</h3>
    <ul class="arranged">${erasures.map(
      (each) => html`<li key=${each.entry}>
        <p><b>${w.closed(each.closed, each.hospitals)}</b> ${each.erased ? "" : w.outOfScope}<br /><small>${each.entry} · ${moment(each.told_at)}</small></p>
        ${each.owing.map((owing) => html`<div key=${owing.hospital} class="about"><p>${owes(owing, Date.now(), moment)}</p>${closing(each.entry, owing)}</div>`)}
      </li>`,
    )}</ul>
    <${Fault} fault=${action.fault} />
    ${asked !== null &&
    html`<${WithReason} name="closing" title=${w.closeFor} text=${w.closeForText(asked.owing.title)} button=${w.closeFor} danger
      work=${(/** @type {string} */ reason) =>
        desk("POST /federation/lists/{list}/hospitals/{hospital}/entries/{entry}/closing", { path: { list, hospital: asked.owing.hospital, entry: asked.entry }, body: { reason } })}
      done=${() => { asks.value = null; changed(); }} />`}`;
}
