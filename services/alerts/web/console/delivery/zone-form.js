// A zone as it is typed: cameras that the system knows are ticked, others are typed.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Choices } from "./choices.js";
import { NAME, namesIn } from "./names.js";
import { SiteField } from "./site-field.js";
/** @import { Zone } from "../../types/openapi" */

/** @param {{ name: string, zone: Zone, done: (changed: boolean) => void }} props `name`: empty for a new one */
export function ZoneForm({ name, zone, done }) {
  const w = words.value.delivery;
  const [named, site, others] = [useSignal(name), useSignal(zone.site), useSignal("")];
  const chosen = useSignal(zone.cameras);
  const seen = useReading(() => ask("GET /state"));
  const action = useAction();
  const there = seen.found.value?.cameras.filter((each) => each.site === site.value).map((each) => each.camera) ?? [];
  const known = [...new Set([...there, ...zone.cameras])].sort();
  const cameras = [...new Set([...chosen.value.filter((each) => known.includes(each)), ...namesIn(others.value)])];
  const save = async () => {
    const body = { site: site.value, cameras };
    const path = { zone: named.value };
    if (await action.run(async () => (await ask("PUT /delivery/zones/{zone}", { path, body }), true))) done(true);
  };
  return html`<form class="form" onSubmit=${onSubmit(save)} aria-label=${name ? w.of(w.change, name) : w.addZone}>
    ${!name && html`<${TextField} id="zone-name" label=${w.name} hint=${w.nameHint} required pattern=${NAME} autocomplete="off" ...${bound(named)} />`}
    <${SiteField} id="zone-site" site=${site} every=${false} />
    <${Fault} fault=${seen.fault} />
    ${known.length > 0 &&
    html`<${Choices} legend=${w.cameras} chosen=${chosen.value} choose=${(/** @type {string[]} */ now) => (chosen.value = now)}
      known=${known.map((camera) => [camera, camera])} />`}
    <${TextField} id="zone-others" label=${known.length > 0 ? w.otherCameras : w.cameras} hint=${w.byComma} autocomplete="off" ...${bound(others)} />
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value || cameras.length === 0}>${w.save}</button>
      <button type="button" class="second" onClick=${() => done(false)}>${words.value.cancel}</button>
    </div>
  </form>`;
}
