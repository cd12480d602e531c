// Imports, newest first; an open one is continued.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
import { ImportRow } from "./row.js";

export function Imports() {
  const w = words.value;
  /** @param {string | null} cursor */
  const read = (cursor) => desk("GET /watchlist/imports", { query: { cursor, limit: 50 } });
  const pages = usePages(read, (page) => page.batches);
  const rows = pages.found.value;
  return html`<section class="page">
    <header class="head">
      <h1>${w.imports}</h1>
      ${state.keeps.value && html`<a class="go" href=${address("imports", "new")}><${Icon} name="add" />${w.newImport}</a>`}
    </header>
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${w.noImports}</p>`
        : html`<ul class="people">${rows.map((row) => html`<${ImportRow} key=${row.id} row=${row} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
  </section>`;
}
