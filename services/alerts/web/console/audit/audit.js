// The audit: what is looked for, what was found, a file of it, and whether it is whole.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { AuditEvent } from "./event.js";
import { ExportAudit } from "./export.js";
import { AuditFilters } from "./filters.js";
import { ANYTHING, asked, wanted } from "./sought.js";
import { Verify } from "./verify.js";
import { words } from "./words.js";

/** @param {{ steps: string[] }} props `by` an account, or `of` a thing: an address that asks for all of it */
export function Audit({ steps: [which, name] }) {
  const w = words.value;
  const named = name && decodeURIComponent(name);
  if (named && which === "by" && wanted.value.account !== named) wanted.value = { ...ANYTHING, account: named };
  if (named && which === "of" && wanted.value.about !== named) wanted.value = { ...ANYTHING, about: named };
  const sought = wanted.value;
  const pages = usePages(
    (cursor) => ask("POST /audit/search", { body: { ...asked(sought), cursor, limit: 50 } }),
    (page) => page.events,
    sought,
  );
  const events = pages.found.value;
  return html`<section class="page">
    <header class="head"><h1>${w.title}</h1><div class="buttons">
      <button type="button" class="second" onClick=${() => document.getElementById("verify")?.scrollIntoView()}>${w.verify}</button>
      ${state.may("export_audit") && html`<${ExportAudit} />`}
    </div></header>
    <p class="hint">${w.text}</p>
    <div class="columns">
      <div>
        <${AuditFilters} key=${JSON.stringify(sought)} />
        <section class="card" aria-labelledby="audit-events">
          <h2 id="audit-events">${w.newest}</h2>
          ${events === null && html`<${Loading} fault=${pages.fault} />`}
          ${events?.length === 0 && html`<p class="nobody">${w.none}</p>`}
          <ol class="arranged">${events?.map((event) => html`<${AuditEvent} key=${event.number} event=${event} />`)}</ol>
          ${events !== null && html`<${More} pages=${pages} />`}
        </section>
      </div>
      <div>${state.may("verify_audit") && html`<${Verify} />`}</div>
    </div>
  </section>`;
}
