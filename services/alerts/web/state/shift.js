// The start of a shift: whether this phone rings, in front and in the background, and who is on duty.
import { computed, signal } from "@preact/signals";
import { account, me, may, serverNow } from "../shared/session.js";
import { sites } from "./connection.js";
import { backgroundOf, isApple } from "./background.js";
import { provenAfter, provenAt } from "./proof.js";
import * as push from "./push.js";
import * as sound from "./sound.js";
import { registration } from "./worker.js";
/** @import { OnDuty } from "./push.js" */

const PUSH_TAKES_MS = 30_000;
// A proof of an earlier day says nothing of today's phone.
const FRESH_MS = 12 * 3600_000;

export const heard = signal(/** @type {boolean | null} */ (null)); // what the person said of the sound
export const testing = signal(false); // a push is on its way
export const missed = signal(false); // it did not come in time
export const duties = signal(/** @type {OnDuty[] | null} */ (null)); // null: not known here
export const dutyFailed = signal(false);

const served = signal(/** @type {boolean | null} */ (null));
const subscribed = signal(false);
const permission = signal(permissionNow());

export const background = computed(() =>
  backgroundOf({
    isSecure: globalThis.isSecureContext === true,
    hasWorker: registration.value !== null,
    hasPush: "PushManager" in globalThis,
    isApple: isApple(navigator),
    isInstalled: matchMedia("(display-mode: standalone)").matches,
    permission: permission.value,
    isServed: served.value,
    isSubscribed: subscribed.value,
    provenAt: isFresh(provenAt.value) ? provenAt.value : null,
  }),
);

export const onDuty = computed(() =>
  (duties.value ?? []).filter((each) => each.account === account.value).map(({ site }) => site),
);
// Sites where this account can be on duty.
export const dutySites = computed(() => me.value?.sites ?? sites.value.map(({ site }) => site));

export async function readShift() {
  if (!may("respond")) return;
  permission.value = permissionNow();
  await attempt(async () => {
    served.value = (await push.key()) !== null;
    subscribed.value = (await registration.value?.pushManager?.getSubscription()) != null;
    provenAt.value = served.value ? ((await push.standing())?.proven_at ?? null) : null;
  });
  await attempt(async () => (duties.value = await push.duties()));
}

export function ringOnce() {
  sound.ring({ volume: 0.6 });
}

// Asks for what is missing, sends a push to this very phone and waits for it.
export async function tryPush() {
  missed.value = false;
  testing.value = true;
  const done = await attempt(async () => {
    const made = await subscribe();
    return made && (await isProven());
  });
  missed.value = background.value !== "denied" && done !== true;
  testing.value = false;
}

/**
 * @param {string} site
 * @param {boolean} on
 */
export async function setDuty(site, on) {
  dutyFailed.value = false;
  const done = await attempt(async () => {
    await push.setDuty(site, on);
    duties.value = await push.duties();
    return true;
  });
  dutyFailed.value = done !== true;
}

async function subscribe() {
  permission.value = await Notification.requestPermission();
  const served = await push.key();
  if (permission.value !== "granted" || served === null || registration.value === null) return false;
  const { pushManager } = await navigator.serviceWorker.ready;
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: served.public_key });
  const { endpoint = "", keys } = made.toJSON();
  await push.subscribe({ endpoint, p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "", device: deviceName() });
  subscribed.value = true;
  return true;
}

async function isProven() {
  const before = (await push.standing())?.proven_at ?? null;
  if (await provenAfter(push.test, PUSH_TAKES_MS)) return true;
  // What was said while the stream was broken off.
  const now = (await push.standing())?.proven_at ?? null;
  if (now === null || now === before) return false;
  provenAt.value = now;
  return true;
}

/** @param {string | null} at */
function isFresh(at) {
  return at !== null && serverNow() - Date.parse(at) < FRESH_MS;
}

// What kind of device it is, so that its owner knows it again; nothing that tells two of a kind apart.
function deviceName() {
  const kind = navigator.userAgent.match(/iPhone|iPad|Android|Windows|Macintosh|Linux/)?.[0] ?? "";
  return kind.slice(0, 40);
}

/** @returns {NotificationPermission} */
function permissionNow() {
  return globalThis.Notification?.permission ?? "default";
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function attempt(work) {
  try {
    return await work();
  } catch {
    return undefined; // what is not known is shown as not known
  }
}
