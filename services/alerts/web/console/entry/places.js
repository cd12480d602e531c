// Whose place an entry takes, and who takes its place: of one person only one entry matches.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView }} props */
export function Places({ entry }) {
  const w = words.value;
  /** @param {string} id */
  const named = (id) => {
    const known = entry.likenesses.find((each) => each.other === id);
    return html`<a href=${address("watchlist", id)}>${known?.label || w.anotherEntry}</a>`;
  };
  const replaced = entry.replaces ?? [];
  return html`
    ${replaced.length > 0 &&
    html`<p class="notice">${w.replaces} ${replaced.map((id, n) => html`${n > 0 && ", "}${named(id)}`)}</p>`}
    ${entry.replaced_by && html`<p class="notice">${w.replacedBy} ${named(entry.replaced_by)}</p>`}
  `;
}
