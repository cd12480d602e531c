// Notifications of alerts that somebody has answered are closed: nobody is to be called for what is over.
import { incidents, listed } from "./alerts.js";
import { isNew } from "./urgency.js";
import { pushed, registration } from "./worker.js";

let looked = new Set(); // ids of answered alerts whose notifications were looked for
let last = pushed.peek();

// An effect. A browser that is asked for notifications while it shows one may forget that one (seen in Chromium): it is
// asked only when an alert has been answered, or once a notification of such an alert is shown.
export function clearAnswered() {
  const [worker, shown] = [registration.value, pushed.value];
  const done = new Set(incidents.value.filter((incident) => !isNew(incident)).map(({ id }) => id));
  if (!worker || !listed.value) return;
  if (shown !== last && shown) looked.delete(shown.incident);
  last = shown;
  const over = new Set([...done].filter((id) => !looked.has(id)));
  looked = done;
  if (over.size > 0) close(worker, over);
}

/**
 * @param {ServiceWorkerRegistration} worker
 * @param {Set<string>} over ids of alerts
 */
async function close(worker, over) {
  for (const notification of (await worker.getNotifications?.()) ?? []) {
    if (over.has(notification.tag)) notification.close();
  }
}
