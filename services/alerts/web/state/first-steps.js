// The first hour of an installation: what is left to do, for an administrator until it is put away.
import { computed, signal } from "@preact/signals";
import { go, stepsOf } from "../shared/place.js";
import { call } from "../shared/request.js";
import { may } from "../shared/session.js";
/** @import { FirstSteps } from "../types/openapi" */

const KEY = "wardwatch.first-hour";

export const firstSteps = signal(/** @type {FirstSteps | null} */ (null));
const isPutAway = signal(localStorage.getItem(KEY) === "over");

const isDone = computed(() => firstSteps.value?.steps.every((step) => step.done) ?? true);
// Whether somebody has answered an alert: an installation that has come so far needs nobody to lead it.
const isOver = computed(() => firstSteps.value?.steps.find((step) => step.code === "alert")?.done ?? true);
// Whether the way to the first hour is shown.
export const leads = computed(() => may("show_first_steps") && !isPutAway.value && !(isOver.value && isDone.value));

export async function readFirstSteps() {
  firstSteps.value = await call("GET /first-steps");
}

// An administrator's first page, unless the address names another by now.
export async function lead() {
  if (!may("show_first_steps") || isPutAway.value) return;
  await readFirstSteps().catch(() => {});
  if (!isOver.value && stepsOf(location.hash) === null) go("start");
}

export function putAway() {
  localStorage.setItem(KEY, "over");
  isPutAway.value = true;
  go();
}
