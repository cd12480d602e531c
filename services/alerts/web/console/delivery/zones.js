// Zones: named sets of cameras, which rules may be for.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { words } from "../words.js";
import { TakeAway } from "./taken-away.js";
import { ZoneForm } from "./zone-form.js";
/** @import { Known } from "./use-arrangements.js" */

/** @param {{ known: Known }} props */
export function Zones({ known }) {
  const w = words.value.delivery;
  const editing = useSignal(/** @type {string | null} */ (null)); // a name; empty: a new one
  const found = known.found.value;
  const may = state.may("set_zone");
  /** @param {boolean} changed */
  const close = (changed) => {
    editing.value = null;
    if (changed) known.again();
  };
  return html`<section class="card">
    <h2>${w.zones}</h2>
    <p class="hint">${w.zonesText}</p>
    ${found === null && html`<${Loading} fault=${known.fault} />`}
    ${found?.zones.length === 0 && html`<p class="nobody">${w.noZones}</p>`}
    <ul class="arranged">
      ${found?.zones.map(
        ({ name, zone }) => html`<li key=${name}>
          <b>${name}</b>
          <p>${zone.site} · ${zone.cameras.join(w.comma)}</p>
          ${may && editing.value !== name &&
          html`<div class="buttons">
            <button type="button" class="second" aria-label=${w.of(w.change, name)} onClick=${() => (editing.value = name)}>${w.change}</button>
            <${TakeAway} name=${name} text=${w.takeZoneAway}
              work=${async () => {
                await ask("DELETE /delivery/zones/{zone}", { path: { zone: name } });
                await known.again();
              }} />
          </div>`}
          ${editing.value === name && html`<${ZoneForm} name=${name} zone=${zone} done=${close} />`}
        </li>`,
      )}
    </ul>
    ${editing.value === "" && html`<${ZoneForm} name="" zone=${{ site: "", cameras: [] }} done=${close} />`}
    ${may && editing.value === null && html`<button type="button" class="second" onClick=${() => (editing.value = "")}>${w.addZone}</button>`}
  </section>`;
}
