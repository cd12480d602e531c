// Whose page this is, what they may do, and what time it is for them.
import { computed, signal } from "@preact/signals";
import { place } from "./place.js";
/** @import { Me } from "../types/openapi" */

export const me = signal(/** @type {Me | null | undefined} */ (undefined)); // undefined: not known yet; null: signed out
export const ticking = signal(Date.now());

let aheadMs = 0; // this machine's clock minus the server's

/**
 * What the account may do, by the server's own table. The server decides; this only spares people what it would refuse.
 * @param {string} operation its operationId
 */
export const may = (operation) => me.value?.may.includes(operation) ?? false;
export const reads = computed(() => may("list_entries"));
export const keeps = computed(() => may("draft_entry"));
// The account that is signed in; nobody's name is empty.
export const account = computed(() => me.value?.account ?? "");
export const observes = computed(() => may("list_incidents"));
// Whether accounts are in front: one's own is everybody's.
export const ofAccounts = computed(() => me.value !== null && ["account", "accounts"].includes(place.value?.[0] ?? ""));
// Whether the console is in front, and not the alerts; who sees no alert has nothing else.
export const keeping = computed(() => (place.value !== null || !observes.value) && reads.value);

export const serverNow = () => ticking.value - aheadMs;

/** @param {string} moment when the server wrote it */
export function setServerTime(moment) {
  ticking.value = Date.now();
  aheadMs = ticking.value - Date.parse(moment);
}
