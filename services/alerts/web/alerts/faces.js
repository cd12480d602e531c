// The face of the list beside the one that the camera saw.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Face } from "./face.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Faces({ incident }) {
  const w = words.value;
  const zoomed = useSignal(false);
  const veiled = state.veiled.value;
  if (!state.may("show_picture")) return html`<p class="faces withheld">${w.facesWithheld}</p>`;
  const toggle = () => {
    if (!veiled) zoomed.value = !zoomed.value;
  };
  const caption = incident.outcome === null ? w.cameraNow : `${w.cameraNow} ${clock(incident.first_seen_at)}`;
  return html`<section class=${`faces${zoomed.value ? " zoomed" : ""}${veiled ? " veiled" : ""}`}>
    <button class="both" aria-expanded=${zoomed.value ? "true" : "false"} onClick=${toggle}>
      <${Face} incident=${incident} which="watchlist" caption=${w.watchlistPhoto} />
      <${Face} incident=${incident} which="camera" caption=${caption} />
      ${veiled ? html`<span class="veil">${w.hidden}</span>` : html`<span class="unseen">${zoomed.value ? w.close : w.zoom}</span>`}
    </button>
  </section>`;
}
