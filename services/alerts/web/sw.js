// The service worker: shows pushes and opens what they are about. It answers no request and keeps nothing: no picture, no
// answer of the server, no file of the page.

const RECEIPTS = "/api/v1/receipts";
const SUBSCRIPTION = "/api/v1/push/subscription";

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {never} */ (globalThis);

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("activate", (event) => event.waitUntil(begin()));

worker.addEventListener("push", (event) => event.waitUntil(show(event.data)));

worker.addEventListener("notificationclick", (event) => event.waitUntil(open(event.notification)));

// The browser took the way to this phone away: the new one is told, or nothing would ring from now on.
worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAgain(event.oldSubscription?.options)));

async function begin() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * Every push shows something, also one that cannot be read: a browser takes pushes away from who shows nothing.
 * @param {PushMessageData | null} data
 */
async function show(data) {
  const { title, navigate, data: about, ...options } = readable(data);
  const address = inside(navigate);
  await worker.registration.showNotification(title, { icon: "/icon-192.png", badge: "/badge-96.png", ...options, data: { ...about, address } });
  await confirm(about, "shown");
  for (const client of await worker.clients.matchAll({ type: "window" })) client.postMessage({ pushed: about?.incident ?? null });
}

/**
 * @param {PushMessageData | null} data
 * @returns {PushedNotification}
 */
function readable(data) {
  try {
    const notification = data?.json()?.notification;
    if (typeof notification?.title === "string") return notification;
  } catch {
    // Shown without its words.
  }
  return { title: "Wardwatch", navigate: "/", requireInteraction: true };
}

/** @param {Notification} notification */
async function open(notification) {
  const { address, ...about } = notification.data ?? {};
  notification.close();
  const [first] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (first) {
    await first.focus();
    first.postMessage({ open: about.incident ?? null });
  } else await worker.clients.openWindow(address ?? "/");
  await confirm(about, "opened");
}

/**
 * A push leads to this page and nowhere else.
 * @param {unknown} navigate
 */
function inside(navigate) {
  const url = URL.canParse(String(navigate), location.href) ? new URL(String(navigate), location.href) : null;
  return url?.origin === location.origin ? `/${url.hash}` : "/";
}

/**
 * Whoever sent it is to know what became of it. A receipt that is lost is one that the next path makes good.
 * @param {{ delivery?: string, receipt?: string } | undefined} about
 * @param {"shown" | "opened"} state
 */
async function confirm(about, state) {
  if (!about?.delivery || !about.receipt) return;
  const { delivery, receipt } = about;
  await send("POST", RECEIPTS, { delivery, receipt, state });
}

/** @param {PushSubscriptionOptions | undefined} options */
async function subscribeAgain(options) {
  if (!options) return;
  const { endpoint, keys } = (await worker.registration.pushManager.subscribe(options)).toJSON();
  await send("PUT", SUBSCRIPTION, { endpoint, p256dh: keys?.p256dh, auth: keys?.auth, device: "" });
}

/**
 * @param {string} method
 * @param {string} address
 * @param {object} body
 */
async function send(method, address, body) {
  const headers = { "Content-Type": "application/json" };
  await fetch(address, { method, headers, body: JSON.stringify(body), cache: "no-store" }).catch(() => {});
}
