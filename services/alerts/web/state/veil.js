// Faces are veiled when nobody has touched the page for a while.
import { computed, signal } from "@preact/signals";
import { ticking } from "../shared/session.js";
import { elapsedMs } from "./health.js";

const HIDE_AFTER_MS = 120_000;

export const touchedAt = signal(Date.now());
export const veiled = computed(() => elapsedMs(touchedAt.value, ticking.value) > HIDE_AFTER_MS);
