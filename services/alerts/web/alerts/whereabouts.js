// Where to go, and where the person was seen before.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { clock, minute } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IncidentView, StopView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Whereabouts({ incident }) {
  const w = words.value;
  const stops = useSignal(/** @type {StopView[]} */ ([]));
  const plan = useSignal(false);
  const { id, site, camera, last_seen_at } = incident;
  useEffect(() => {
    state.trail(id).then((found) => (stops.value = found?.stops ?? stops.value));
  }, [id, last_seen_at]);
  const place = state.placeOf(incident);
  // The last stop is where the person is now; the others, the latest first.
  const before = stops.value.slice(0, -1).reverse();
  return html`<section class="where" aria-label=${w.where}>
    <${Icon} name="pin" />
    <div>
      <b>${state.nameOf(incident)}</b>
      <span>${[place?.building, place?.floor, `${w.site} ${site}`, place && camera].filter(Boolean).join(" · ")}</span>
      <span>${w.seenAt(clock(last_seen_at))}</span>
      ${before.length > 0 && html`<ol class="trail" aria-label=${w.alsoSeen}>
        ${before.map((stop) => html`<li>${w.alsoSeenAt(minute(stop.until), state.nameOf({ site, camera: stop.camera }))}</li>`)}
      </ol>`}
      ${place?.plan && html`<button class="plain" aria-expanded=${plan.value ? "true" : "false"} onClick=${() => (plan.value = !plan.value)}>
        ${plan.value ? w.hidePlan : w.showPlan}
      </button>`}
      ${place?.plan && plan.value && html`<img class="plan" src=${planOf(site, camera)} alt=${w.planOf(state.nameOf(incident))} />`}
    </div>
  </section>`;
}

/**
 * @param {string} site
 * @param {string} camera
 */
const planOf = (site, camera) => `/api/v1/places/${encodeURIComponent(site)}/${encodeURIComponent(camera)}/plan`;
