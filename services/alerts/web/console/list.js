// The list, newest change first: who stands or waits, and behind a filter those who ended.
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import * as state from "../state.js";
import { desk, usePages } from "./desk.js";
import { Back, Chips, Countdown, html, Icon, Loading, More, State } from "./parts.js";
import { category, date, moment, words } from "./words.js";

const LIVING = ["draft", "pending", "active", "suspended"];
const ENDED = ["expired", "revoked", "erased"];
const GROUPS = { living: LIVING, ended: ENDED };
const FILTERS = ["living", ...LIVING, "ended", ...ENDED];

export function List({ batch }) {
  const w = words.value;
  const wanted = useSignal("living");
  const counts = useSignal({});
  const read = async (cursor) => {
    const page = await desk("GET", "/entries", { query: { state: wanted.value, batch, cursor, limit: "50" } });
    counts.value = page.counts ?? {};
    return page;
  };
  const pages = usePages(read, "entries", wanted.value);
  const many = (name) => (GROUPS[name] ?? [name]).reduce((sum, state) => sum + (counts.value[state] ?? 0), 0);
  const named = (name) => `${w.groups[name] ?? w.states[name]}${many(name) > 0 ? ` ${many(name)}` : ""}`;
  const rows = pages.found.value;
  return html`<section class="page">
    ${batch && html`<${Back} to=${["imports", batch]} text=${w.import_} />`}
    <header class="head">
      <h1>${batch ? w.peopleOfImport : w.watchlist}</h1>
      ${state.keeps.value && !batch && html`<a class="go" href=${address("watchlist", "new")}><${Icon} name="add" />${w.addPerson}</a>`}
    </header>
    <${Chips} label=${w.state} value=${wanted.value} onChoose=${(choice) => (wanted.value = choice)}
      shown=${Object.fromEntries(FILTERS.map((name) => [name, named(name)]))} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${many("living") + many("ended") > 0 || wanted.value !== "living" ? w.nobodyInState : w.nobody}</p>`
        : html`<ul class="people">${rows.map((row) => html`<${Row} key=${row.id} row=${row} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${pages} />`}
  </section>`;
}

function Row({ row }) {
  const w = words.value;
  const mayApprove = state.keeps.value && row.state === "pending" && row.author !== state.me.value.account;
  return html`<li>
    <a class="person" href=${address("watchlist", row.id)}>
      <span class="who"><b>${row.state === "erased" ? w.erasedPerson : row.label || w.noLabel}</b><small>${category(row.category)} · ${w.where(row.scope)}</small></span>
      <span class="by"><small>${w.author}</small>${row.author}</span>
      <span class="photos"><small>${w.photos}</small>${row.photos}</span>
      <span class="ends"><small>${row.state === "erased" ? w.erasure : `${w.lastDay} ${date(row.last_day)}`}</small>${row.state === "erased" ? moment(row.changed_at) : html`<${Countdown} to=${row.expires_at} />`}</span>
      <span class="at"><${State} of=${row.state} />${mayApprove && html`<small class="asks">${w.needsApproval}</small>`}</span>
    </a>
  </li>`;
}
