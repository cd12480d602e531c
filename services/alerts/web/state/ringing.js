// Rings until somebody answers: for as long as there is a new alert that this account has not answered.
import { computed, untracked } from "@preact/signals";
import { may, serverNow } from "../shared/session.js";
import { news, shown } from "./alerts.js";
import { ringOf } from "./loudness.js";
import * as sound from "./sound.js";
import { isUnsent } from "./unsent.js";
import { touchedAt } from "./veil.js";
/** @import { Timer } from "../types/page" */

// Who touched the phone a moment ago has it in hand.
const HELD_MS = 10_000;

export const unanswered = computed(() =>
  may("respond") ? news.value.filter((incident) => incident.my_verdict === null && !isUnsent(incident.id)) : [],
);

/** @type {Timer} */
let again;
/** @type {Set<string>} */
let rung = new Set(); // ids of those that had their turn
let wasHeard = false; // whether the last ring could be heard

// An effect: rings at once for what is new, and for everything as soon as the page can be heard.
export function keepRinging() {
  const ids = unanswered.value.map((incident) => incident.id);
  // Read in any case: the page may be heard later.
  const canRing = sound.canRing.value;
  const isDue = ids.some((id) => !rung.has(id)) || (canRing && !wasHeard);
  rung = new Set(ids);
  if (ids.length === 0) {
    clearTimeout(again);
    wasHeard = false;
  } else if (isDue) untracked(ring);
}

function ring() {
  clearTimeout(again);
  const { volume, shrill, vibration, pauseMs } = ringOf(longestWait(), isHeld());
  wasHeard = sound.ring({ volume, shrill, vibration });
  if (!wasHeard) sound.revive();
  again = setTimeout(ring, pauseMs);
}

function longestWait() {
  const waits = unanswered.value.map((incident) => serverNow() - Date.parse(incident.raised_at));
  return Math.max(0, ...waits);
}

function isHeld() {
  const age = Date.now() - touchedAt.value;
  return age >= 0 && age < HELD_MS && unanswered.value.some((incident) => incident.id === shown.value?.id);
}
