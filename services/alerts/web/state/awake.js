// A phone whose screen went dark rings no more: while somebody is signed in, the screen is kept on.
import { signal } from "@preact/signals";

export const sleepy = signal(false); // the phone may switch its screen off

let wanted = false;
/** @type {WakeLockSentinel | null} */
let lock = null;

export async function keepAwake() {
  wanted = true;
  if (!matchMedia("(any-pointer: coarse)").matches || document.hidden) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.onrelease = again;
    sleepy.value = false;
  } catch {
    // Refused to save the battery, or not known to this browser.
    sleepy.value = !document.hidden;
  }
}

export function letSleep() {
  wanted = false;
  sleepy.value = false;
  lock?.release();
  lock = null;
}

// The browser takes it back whenever the page is not in front.
function again() {
  if (wanted && !document.hidden) keepAwake();
}

document.addEventListener("visibilitychange", again);
