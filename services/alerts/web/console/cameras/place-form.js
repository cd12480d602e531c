// Where a camera is, in words that a guard knows, and a plan of the place.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask, desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { PlaceView } from "../../types/openapi" */

/** @param {{ camera: { site: string, camera: string }, place: PlaceView | null, done: () => void }} props */
export function PlaceForm({ camera, place, done }) {
  const w = words.value.cameras;
  const [name, building, floor] = [useSignal(place?.name ?? ""), useSignal(place?.building ?? ""), useSignal(place?.floor ?? "")];
  const plan = useSignal(/** @type {File | null} */ (null));
  const action = useAction();
  const id = `${camera.site}-${camera.camera}`;
  const path = { site: camera.site, camera: camera.camera };
  const save = () =>
    action.run(async () => {
      const body = { name: name.value.trim(), building: building.value.trim(), floor: floor.value.trim() };
      await ask("PUT /places/{site}/{camera}", { path, body });
      if (plan.value !== null) await desk("PUT /places/{site}/{camera}/plan", { path, body: plan.value });
      await state.readPlaces();
      done();
    });
  /** @param {Event & { currentTarget: HTMLInputElement }} event */
  const choose = (event) => (plan.value = event.currentTarget.files?.[0] ?? null);
  return html`<form class="form" onSubmit=${onSubmit(save)} aria-label=${w.describe}>
    <${TextField} id=${`name-${id}`} label=${w.name} hint=${w.nameHint} required maxlength="60" autocomplete="off" ...${bound(name)} />
    <${TextField} id=${`building-${id}`} label=${w.building} maxlength="60" autocomplete="off" ...${bound(building)} />
    <${TextField} id=${`floor-${id}`} label=${w.floor} maxlength="60" autocomplete="off" ...${bound(floor)} />
    <${Field} id=${`plan-${id}`} label=${w.plan} hint=${w.planHint}>
      <input id=${`plan-${id}`} type="file" accept="image/*" onChange=${choose} aria-describedby=${`plan-${id}-hint`} />
    <//>
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.save}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
