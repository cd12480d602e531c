// Where in the page a person is: "#/…" is a place in the console, anything else is the alerts.
import { signal } from "@preact/signals";

const read = () => (location.hash.startsWith("#/") ? location.hash.slice(2).split("/").filter(Boolean) : null);

export const place = signal(read());

addEventListener("hashchange", () => (place.value = read()));

export const address = (...steps) => `#/${steps.join("/")}`;

export function go(...steps) {
  location.hash = steps.length > 0 ? address(...steps) : "";
  place.value = read();
}
