// The people whose last day is within a span, the first one first.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { PersonRow } from "../list/row.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";

const ENDING = new Set(["active", "suspended", "expired"]);

/** @param {{ from: string, to: string }} props */
export function EndingEntries({ from, to }) {
  /** @param {string | null} cursor */
  const read = (cursor) => {
    const body = { state: /** @type {const} */ ("all"), sort: /** @type {const} */ ("ends"), ends_from: from, ends_to: to, cursor, limit: 50 };
    return desk("POST /watchlist/entries/search", { body });
  };
  const pages = usePages(read, (page) => page.entries, from, to, state.listVersion.value);
  if (pages.found.value === null) return html`<${Loading} fault=${pages.fault} />`;
  const rows = pages.found.value.filter((row) => ENDING.has(row.state) && !row.amends && !row.origin);
  if (rows.length === 0) return html`<p class="nobody">${words.value.endings.nobody}</p>`;
  return html`<ul class="people">${rows.map((row) => html`<${PersonRow} key=${row.id} row=${row} faces=${false} />`)}</ul>
    <${More} pages=${pages} />`;
}
