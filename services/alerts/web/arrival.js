// Notices that a file of the page did not arrive; it runs before app.js, whose failure it hears of.
import { reloadWhenThere } from "./again.js";

document
  .querySelector('script[src="/app.js"]')
  ?.addEventListener("error", () => reloadWhenThere(new TypeError("a file of the page did not arrive")));
