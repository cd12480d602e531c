// Imports, newest first; an open one is continued.
import { address } from "../place.js";
import * as state from "../state.js";
import { desk, usePages } from "./desk.js";
import { html, Icon, Loading, More } from "./parts.js";
import { category, moment, words } from "./words.js";

export function Imports() {
  const w = words.value;
  const pages = usePages((cursor) => desk("GET", "/imports", { query: { cursor, limit: "50" } }), "batches");
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
        : html`<ul class="people">${rows.map((row) => html`<${Row} key=${row.id} row=${row} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
  </section>`;
}

function Row({ row }) {
  const w = words.value;
  const next = row.state === "open" && state.keeps.value ? w.goOn : row.pending > 0 ? w.needsApproval : "";
  return html`<li>
    <a class="person import" href=${address("imports", row.id)}>
      <span class="who"><b>${category(row.purpose.category)}</b><small>${moment(row.opened_at)} · ${row.author}</small></span>
      <span class="by"><small>${w.people}</small>${row.people}</span>
      <span class="counts"><small>${w.photos}</small>${w.counts(row.ready, row.warning, row.rejected)}</span>
      <span class="at"><span class=${`chip import-${row.state}`}>${w.batchStates[row.state]}</span>
        ${next && html`<small class="asks">${next}</small>`}</span>
    </a>
  </li>`;
}
