// Where in the page a person is: "#/…" is a place in the console, anything else is the alerts.
import { signal } from "@preact/signals";

// A push's link to an alert: no place in the console.
const ALERT = /^#\/alerts\/([0-9a-f-]{36})$/;

/** @param {string} hash */
export const stepsOf = (hash) =>
  hash.startsWith("#/") && !hash.startsWith("#/alerts") ? hash.slice(2).split("/").filter(Boolean) : null;

// The id of the alert that the address names, if it names one.
export const alertOfAddress = () => location.hash.match(ALERT)?.[1] ?? null;

export const place = signal(stepsOf(location.hash));

addEventListener("hashchange", () => (place.value = stepsOf(location.hash)));

/** @param {string[]} steps */
export const address = (...steps) => `#/${steps.join("/")}`;

/** @param {string[]} steps */
export function go(...steps) {
  location.hash = steps.length > 0 ? address(...steps) : "";
  place.value = stepsOf(location.hash);
}
