// The rows of who ended, read when somebody unfolds them.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { PersonRow } from "./row.js";
/** @import { Sort } from "../../types/page" */

/** @param {{ text: string, sort: string }} props */
export function EndedRows({ text, sort }) {
  /** @param {string | null} cursor */
  const read = (cursor) => {
    const body = { text, state: /** @type {const} */ ("ended"), sort: /** @type {Sort} */ (sort), cursor, limit: 50 };
    return desk("POST /watchlist/entries/search", { body });
  };
  const pages = usePages(read, (page) => page.entries, text, sort);
  const rows = pages.found.value;
  if (rows === null) return html`<${Loading} fault=${pages.fault} />`;
  return html`<ul class="people">${rows.map((row) => html`<${PersonRow} key=${row.id} row=${row} faces=${false} />`)}</ul>
    <${More} pages=${pages} />`;
}
