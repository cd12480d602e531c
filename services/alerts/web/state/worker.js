// The service worker, by which this phone can ring while the page is not in front.
import { signal } from "@preact/signals";

const SCRIPT = "/sw.js";

export const registration = signal(/** @type {ServiceWorkerRegistration | null} */ (null));

// The alert whose notification the worker has just shown.
export const pushed = signal(/** @type {{ incident: string } | null} */ (null));

/**
 * @param {(incident: string | null) => void} opened what to do when somebody tapped a notification
 */
export async function startWorker(opened) {
  if (!navigator.serviceWorker) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.open) opened(data.open);
    if (data?.pushed) pushed.value = { incident: data.pushed };
  });
  try {
    registration.value = await navigator.serviceWorker.register(script(), { scope: "/", updateViaCache: "none" });
  } catch {
    registration.value = null; // the phone says that it cannot ring in the background
  }
}

// The one script that this page may load by name: the policy lets no other through.
function script() {
  const policy = globalThis.trustedTypes?.createPolicy("wardwatch-worker", {
    createScriptURL: (address) => {
      if (address !== SCRIPT) throw new TypeError("not the worker of this page");
      return address;
    },
  });
  return policy?.createScriptURL(SCRIPT) ?? SCRIPT;
}
