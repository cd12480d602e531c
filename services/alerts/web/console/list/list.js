// The list, newest change first: who stands or waits, and behind a filter those who ended.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Back } from "../parts/back.js";
import { Chips } from "../parts/chips.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { usePages } from "../use-pages.js";
import { words } from "../words.js";
import { JoinedLists } from "./joined-lists.js";
import { PersonRow } from "./row.js";
import { SearchField } from "./search-field.js";
import * as sought from "./sought.js";
/** @import { EntryRow } from "../../types/openapi" */
/** @import { EntryState } from "../../types/page" */

/** @typedef {"living" | "ended" | EntryState} Filter */

/** @type {EntryState[]} */
const LIVING = ["draft", "pending", "active", "suspended"];
/** @type {EntryState[]} */
const ENDED = ["expired", "revoked", "erased"];
/** @type {Partial<Record<Filter, EntryState[]>>} */
const GROUPS = { living: LIVING, ended: ENDED };
/** @type {Filter[]} */
const FILTERS = ["living", ...LIVING, "ended", ...ENDED];

/** @param {{ batch?: string }} props */
export function Watchlist({ batch }) {
  const w = words.value;
  const wanted = /** @type {Filter} */ (sought.filter.value);
  const text = sought.text.value;
  const sort = sought.sort.value;
  const counts = useSignal(/** @type {Record<string, number>} */ ({}));
  /** @param {string | null} cursor */
  const read = async (cursor) => {
    const page =
      text === "" && sort === "changed"
        ? await desk("GET /watchlist/entries", { query: { state: wanted, batch, cursor, limit: 50 } })
        : await desk("POST /watchlist/entries/search", { body: { text, state: wanted, batch, sort, cursor, limit: 50 } });
    counts.value = page.counts ?? {};
    return page;
  };
  const pages = usePages(read, (page) => page.entries, wanted, text, sort);
  /** @param {Filter} name */
  const many = (name) => (GROUPS[name] ?? [name]).reduce((sum, each) => sum + (counts.value[each] ?? 0), 0);
  /** @type {Record<Filter, string>} */
  const filters = { ...w.groups, ...w.states };
  /** @param {Filter} name */
  const named = (name) => `${filters[name]}${many(name) > 0 ? ` ${many(name)}` : ""}`;
  /** @param {Filter} choice */
  const choose = (choice) => (sought.filter.value = choice);
  // Who is shown stays until the next ones are here: letter by letter, nothing flickers.
  const before = useRef(/** @type {EntryRow[] | null} */ (null));
  before.current = pages.found.value ?? before.current;
  const rows = pages.fault.value ? null : before.current;
  return html`<section class="page">
    ${batch && html`<${Back} to=${["imports", batch]} text=${w.import_} />`}
    <header class="head">
      <h1>${batch ? w.peopleOfImport : w.watchlist}</h1>
      ${state.keeps.value && !batch && html`<a class="go" href=${address("watchlist", "new")}><${Icon} name="add" />${w.addPerson}</a>`}
    </header>
    ${!batch && state.may("list_subscriptions") && html`<${JoinedLists} />`}
    <${SearchField} />
    <${Chips} label=${w.state} value=${wanted} onChoose=${choose}
      labels=${Object.fromEntries(FILTERS.map((name) => [name, named(name)]))} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${text !== "" ? w.nobodyFound : many("living") + many("ended") > 0 || wanted !== "living" ? w.nobodyInState : w.nobody}</p>`
        : html`<ul class="people">${rows.map((row) => html`<${PersonRow} key=${row.id} row=${row} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
  </section>`;
}
