// The channels by which alerts leave the house, beside phones. What they lead to is never shown again.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { Loading } from "../parts/loading.js";
import { words } from "../words.js";
import { Channel } from "./channel.js";
import { ChannelForm } from "./channel-form.js";
import { Place } from "./place.js";
/** @import { Known } from "./use-arrangements.js" */

/** @param {{ known: Known }} props */
export function Channels({ known }) {
  const w = words.value.delivery;
  const adding = useSignal(false);
  const found = known.found.value;
  const may = state.may("set_channel");
  return html`<section class="card">
    <h2>${w.channels}</h2>
    <p class="hint">${w.channelsText}</p>
    ${found === null && html`<${Loading} fault=${known.fault} />`}
    ${found?.channels.length === 0 && html`<p class="nobody">${w.noChannels}</p>`}
    <ul class="arranged">
      ${found?.channels.map((channel) => html`<${Channel} key=${channel.name} channel=${channel} may=${may} changed=${known.again} />`)}
    </ul>
    ${adding.value && html`<${ChannelForm} changed=${known.again} done=${() => (adding.value = false)} />`}
    ${may && !adding.value && html`<button type="button" class="second" onClick=${() => (adding.value = true)}>${w.addChannel}</button>`}
    ${found !== null && state.may("set_site_delivery") && html`<${Place} shows=${found.shows_place} changed=${known.again} />`}
  </section>`;
}
