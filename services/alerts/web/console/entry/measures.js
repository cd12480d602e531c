// What was measured of a face.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { Measures } from "../../types/openapi" */

/** @param {{ of: Measures }} props */
export function MeasureList({ of }) {
  const w = words.value;
  const rows = [
    [w.measures.face, `${Math.round(of.face_px)} px`],
    [w.measures.eyes, `${Math.round(of.eye_distance_px)} px`],
    [w.measures.turned, `${Math.round(Math.abs(of.yaw_degrees))}°`],
    [w.measures.tilted, `${Math.round(Math.abs(of.roll_degrees))}°`],
    [w.measures.sharpness, String(Math.round(of.sharpness))],
    [w.measures.brightness, String(Math.round(of.exposure))],
  ];
  return html`<dl class="measures">
    ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
