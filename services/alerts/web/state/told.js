// What was told before and does not hold any more: alerts of which somebody corrected a verdict.
import { computed, signal } from "@preact/signals";
import { may, serverNow } from "../shared/session.js";
import { incidents, selected } from "./alerts.js";
import * as sound from "./sound.js";
/** @import { IncidentView } from "../types/openapi" */

// Which corrections were looked at in this window, by the alert's id.
const LOOKED = "wardwatch.corrections";
const LATELY_MS = 24 * 3600_000;

const looked = signal(/** @type {Record<string, string>} */ (JSON.parse(sessionStorage.getItem(LOOKED) ?? "{}")));
/** @type {Set<string>} */
const sounded = new Set();

/** @param {IncidentView} incident */
const isLate = ({ corrected_at }) => corrected_at !== null && serverNow() - Date.parse(corrected_at) < LATELY_MS;

export const corrected = computed(() =>
  incidents.value.filter((each) => isLate(each) && looked.value[each.id] !== each.corrected_at),
);

// An effect: what is on the screen is looked at, and of the rest each is heard once.
export function tellCorrections() {
  const shown = corrected.value.find(({ id }) => id === selected.value);
  if (shown) {
    looked.value = { ...looked.value, [shown.id]: shown.corrected_at ?? "" };
    sessionStorage.setItem(LOOKED, JSON.stringify(looked.value));
  }
  const fresh = corrected.value.filter(({ id, corrected_at }) => !sounded.has(`${id} ${corrected_at}`));
  for (const { id, corrected_at } of fresh) sounded.add(`${id} ${corrected_at}`);
  if (fresh.length > 0 && may("respond")) sound.ring({ volume: 0.35, shrill: false, vibration: [200, 100, 200] });
}
