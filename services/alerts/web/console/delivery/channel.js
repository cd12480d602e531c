// One channel: tried, paused, used again, taken away.
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { moment } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { TakeAway } from "./taken-away.js";
import { Try } from "./try.js";
/** @import { ChannelView } from "../../types/openapi" */

/** @param {{ channel: ChannelView, may: boolean, changed: () => Promise<void> }} props */
export function Channel({ channel, may, changed }) {
  const w = words.value.delivery;
  const action = useAction();
  const path = { channel: channel.name };
  const pause = () =>
    action.run(async () => {
      await ask("PUT /delivery/channels/{channel}/pause", { path, body: { paused: !channel.paused } });
      await changed();
    });
  return html`<li>
    <div class="head"><b>${channel.name}</b>
      <span class=${`chip ${channel.paused ? "state-suspended" : "state-active"}`}>${channel.paused ? w.paused : w.inUse}</span></div>
    <p>${[w.media[channel.medium], channel.host, channel.site ?? w.everySite].filter(Boolean).join(" · ")}</p>
    <p class="hint">${w.setBy(channel.changed_by, moment(channel.changed_at))}</p>
    <${Fault} fault=${action.fault} />
    ${may &&
    html`<div class="buttons">
      <${Try} channel=${channel.name} />
      <button type="button" class="second" disabled=${action.busy.value}
        aria-label=${channel.paused ? w.of(w.resume, channel.name) : w.of(w.pause, channel.name)} onClick=${pause}>
        ${channel.paused ? w.resume : w.pause}</button>
      <${TakeAway} name=${channel.name} text=${w.takeChannelAway}
        work=${async () => {
          await ask("DELETE /delivery/channels/{channel}", { path });
          await changed();
        }} />
    </div>`}
  </li>`;
}
