// Whose page this is, what they may do, and what time it is for them.
import { computed, signal } from "@preact/signals";
import { place } from "./place.js";

export const me = signal(undefined); // undefined: not known yet; null: signed out
export const ticking = signal(Date.now());

let ahead = 0; // this machine's clock minus the server's

// What the account may do, by the server's own table. The server decides; this only spares people what it would refuse.
export const may = (operation) => me.value?.may.includes(operation) ?? false;
export const reads = computed(() => may("list_entries"));
export const keeps = computed(() => may("draft_entry"));
// Whether the console is in front, and not the alerts.
export const keeping = computed(() => place.value !== null && reads.value);

export const serverNow = () => ticking.value - ahead;

export function setServerTime(moment) {
  ticking.value = Date.now();
  ahead = ticking.value - Date.parse(moment);
}
