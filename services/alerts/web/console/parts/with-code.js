// A sentence in which what is typed stands between backticks.
import { html } from "../../shared/html.js";

/** @param {string} text */
export const withCode = (text) => text.split("`").map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part));
