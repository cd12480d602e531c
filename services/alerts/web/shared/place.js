// Where in the page a person is: "#/…" is a place in the console, anything else is the alerts.
import { signal } from "@preact/signals";

/** @param {string} hash */
export const stepsOf = (hash) => (hash.startsWith("#/") ? hash.slice(2).split("/").filter(Boolean) : null);

export const place = signal(stepsOf(location.hash));

addEventListener("hashchange", () => (place.value = stepsOf(location.hash)));

/** @param {string[]} steps */
export const address = (...steps) => `#/${steps.join("/")}`;

/** @param {string[]} steps */
export function go(...steps) {
  location.hash = steps.length > 0 ? address(...steps) : "";
  place.value = stepsOf(location.hash);
}
