// One camera: what was heard of it, and where it is.
import { useSignal } from "@preact/signals";
import { ForgetCamera } from "../../frame/forget-camera.js";
import { html } from "../../shared/html.js";
import { age } from "../../shared/times.js";
import { words as pageWords } from "../../shared/words.js";
import * as state from "../../state/state.js";
import { Facts } from "../parts/facts.js";
import { words } from "../words.js";
import { PlaceForm } from "./place-form.js";
/** @import { CameraView, ZoneView } from "../../types/openapi" */

/** @param {{ camera: CameraView, zones: ZoneView[] }} props */
export function Camera({ camera, zones }) {
  const w = words.value.cameras;
  const describing = useSignal(false);
  const place = state.placeOf(camera);
  const isSilent = camera.frames_per_second === null;
  const refused = Object.entries(camera.refused);
  const of = zones.filter(({ zone }) => zone.site === camera.site && zone.cameras.includes(camera.camera));
  const mood = !camera.expected ? "expired" : isSilent ? "revoked" : refused.length > 0 ? "suspended" : "active";
  return html`<section class="card" aria-label=${state.nameOf(camera)}>
    <div class="head"><h2>${state.nameOf(camera)}</h2>
      <span class=${`chip state-${mood}`}>${!camera.expected ? w.notExpected : isSilent ? w.silent : w.sending}</span></div>
    <${Facts} rows=${[
      [w.camera, `${camera.site}.${camera.camera}`],
      [w.place, place && [place.building, place.floor].filter(Boolean).join(" · ")],
      [w.plan, place?.plan && w.isThere],
      [w.zones, of.map(({ name }) => name).join(" · ")],
      [w.last, w.ago(age(camera.silent_seconds * 1000))],
      [w.rate, camera.frames_per_second !== null && w.aSecond(camera.frames_per_second)],
      [w.size, camera.width_px ? `${camera.width_px} × ${camera.height_px}` : null],
      [w.clock, camera.clock_offset_seconds !== null && w.offset(camera.clock_offset_seconds)],
    ]} />
    ${refused.map(
      ([code, frames]) => html`<p class="notice" key=${code}>${pageWords.value.troubles[code] ?? code} ${w.frames(frames)}</p>`,
    )}
    ${describing.value && html`<${PlaceForm} camera=${camera} place=${place} done=${() => (describing.value = false)} />`}
    <div class="buttons">
      ${state.may("describe_place") && !describing.value &&
      html`<button type="button" class="second" aria-label=${w.describeNamed(state.nameOf(camera))}
        onClick=${() => (describing.value = true)}>${w.describe}</button>`}
      ${isSilent && camera.expected && state.may("expect_camera") &&
      html`<${ForgetCamera} site=${camera.site} camera=${camera.camera} isOneOfMany=${false} />`}
    </div>
  </section>`;
}
