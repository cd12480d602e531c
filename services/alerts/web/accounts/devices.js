// Where an account is signed in.
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { leave } from "../state/state.js";
import { Device } from "./device.js";
import { Why } from "./why.js";
import { words } from "./words.js";
/** @import { DeviceRow } from "../types/openapi" */

/** @param {{ account: string, devices: DeviceRow[], own: boolean, may: boolean, changed: () => Promise<void> }} props */
export function Devices({ account, devices, own, may, changed }) {
  const w = words.value;
  const lose = async () => {
    await call("POST /accounts/{account}/devices/loss", { path: { account } });
    if (own) leave("ended");
    else await changed();
  };
  return html`<section class="card" aria-labelledby="devices">
    <h2 id="devices">${w.devices}</h2>
    ${devices.length === 0 && html`<p class="hint">${w.noDevice}</p>`}
    <ul class="people">
      ${devices.map(
        (each) => html`<${Device} key=${each.id} account=${account} device=${each} own=${own} may=${may} changed=${changed} />`,
      )}
    </ul>
    ${may && devices.length > 0 && html`<${Why} name="lost" title=${w.lost} text=${w.lostText} danger asks=${false} work=${lose} />`}
  </section>`;
}
