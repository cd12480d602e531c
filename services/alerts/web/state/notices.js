// Notifications of alerts that somebody has answered are closed: nobody is to be called for what is over.
import { incidents, listed } from "./alerts.js";
import { isNew } from "./urgency.js";
import { registration } from "./worker.js";

// An effect.
export function clearAnswered() {
  const worker = registration.value;
  const done = new Set(incidents.value.filter((incident) => !isNew(incident)).map(({ id }) => id));
  if (worker && listed.value && done.size > 0) close(worker, done);
}

/**
 * @param {ServiceWorkerRegistration} worker
 * @param {Set<string>} done ids of alerts
 */
async function close(worker, done) {
  for (const notification of (await worker.getNotifications?.()) ?? []) {
    if (done.has(notification.tag)) notification.close();
  }
}
