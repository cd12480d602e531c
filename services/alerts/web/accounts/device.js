// One device.
import { useSignal } from "@preact/signals";
import { bound } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
import { leave } from "../state/state.js";
import { Why } from "./why.js";
import { words } from "./words.js";
/** @import { DeviceRow } from "../types/openapi" */

/** @param {{ account: string, device: DeviceRow, own: boolean, may: boolean, changed: () => Promise<void> }} props */
export function Device({ account, device, own, may, changed }) {
  const w = words.value;
  const name = useSignal(device.name);
  const path = { account, device: device.id };
  const rename = async () => {
    await call("PUT /accounts/{account}/devices/{device}", { path, body: { name: name.value } });
    await changed();
  };
  const end = async () => {
    await call("DELETE /accounts/{account}/devices/{device}", { path });
    if (device.own) leave(null);
    else await changed();
  };
  return html`<li class="step">
    <p><b>${device.name || w.unnamed}</b>${device.own && ` (${w.thisDevice})`}<br />
      <small class="muted">${w.signedInAt(day(device.signed_in_at))} ${w.ways[device.way]}${device.used_at && ` · ${w.usedAt(day(device.used_at))}`}</small></p>
    <div class="buttons">
      ${own &&
      html`<${Why} name=${`name-${device.id}`} title=${w.rename} button=${w.save} asks=${false} work=${rename}>
        <div class="field"><label for=${`device-${device.id}`}>${w.name}</label>
          <input id=${`device-${device.id}`} ...${bound(name)} required maxlength="60" /></div>
      <//>`}
      ${may && html`<${Why} name=${`end-${device.id}`} title=${w.signOut} asks=${false} danger work=${end} />`}
    </div>
  </li>`;
}
