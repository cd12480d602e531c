// Incidents, newest first, for those who look back: found by place, time, ground, outcome and people.
import { useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { ask } from "../desk.js";
import { Chips } from "../parts/chips.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
import { IncidentFilters } from "./filters.js";
import { IncidentRow } from "./row.js";
import { narrow, sought } from "./sought.js";
/** @import { IncidentView } from "../../types/openapi" */

export function Incidents() {
  const w = words.value.incidents;
  const now = sought.value;
  /** @param {string | null} cursor */
  const read = (cursor) => ask("POST /incidents/search", { body: { ...now, cursor, limit: 30 } });
  const pages = usePages(read, (page) => page.incidents, now);
  // Who is shown stays until the next ones are here.
  const before = useRef(/** @type {IncidentView[] | null} */ (null));
  before.current = pages.found.value ?? before.current;
  const rows = pages.fault.value ? null : before.current;
  const states = { any: words.value.all, ...w.states };
  return html`<section class="page">
    <header class="head">
      <h1>${w.section}</h1>
      <a class="second" href=${address("incidents", "statistics")}>${w.statistics}</a>
    </header>
    <${Chips} label=${words.value.state} value=${now.state ?? "any"} labels=${states}
      onChoose=${(/** @type {string} */ state) => narrow({ state: state === "any" ? "" : state })} />
    <${IncidentFilters} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${w.none}</p>`
        : html`<ul class="people">${rows.map((incident) => html`<${IncidentRow} key=${incident.id} incident=${incident} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
  </section>`;
}
