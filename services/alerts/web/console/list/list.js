// The list: who stands or waits, newest change first; who ended is folded away.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Back } from "../parts/back.js";
import { Loading } from "../parts/loading.js";
import { More } from "../parts/more.js";
import { words } from "../words.js";
import { Ended } from "./ended.js";
import { ListFilters } from "./filters.js";
import { JoinedLists } from "./joined-lists.js";
import { comeBack, leave } from "./kept.js";
import { onKey } from "./keys.js";
import { PersonRow } from "./row.js";
import { SearchField } from "./search-field.js";
import * as sought from "./sought.js";
import { useList } from "./use-list.js";

/** @param {{ batch?: string }} props */
export function Watchlist({ batch }) {
  const w = words.value;
  const wanted = sought.filter.value;
  const text = sought.text.value;
  const sort = sought.sort.value;
  const faces = useSignal(false);
  const key = [batch ?? "", wanted, text, sort].join("\n");
  /** @param {string | null} cursor */
  const read = async (cursor) => {
    if (wanted === "mine") return desk("POST /watchlist/entries/search", { body: { text, state: "all", waiting: true, batch, sort, cursor, limit: 50 } });
    if (text === "" && sort === "changed") return desk("GET /watchlist/entries", { query: { state: wanted, batch, cursor, limit: 50 } });
    return desk("POST /watchlist/entries/search", { body: { text, state: wanted, batch, sort, cursor, limit: 50 } });
  };
  const list = useList(read, key);
  const counts = list.counts.value;
  const rows = list.fault.value ? null : list.found.value;
  const ended = sought.many("ended", counts);

  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => {
    const place = comeBack(key);
    if (place === null) return undefined;
    // After the console went to the top of what it takes for a new place.
    const going = setTimeout(() => {
      document.querySelector(".sheet")?.scrollTo(0, place.top);
      const row = document.querySelector(`.person[href="${address("watchlist", place.entry)}"]`);
      // Rows without their faces are lower than they were.
      row?.scrollIntoView({ block: "nearest" });
      if (row instanceof HTMLElement) row.focus({ preventScroll: true });
    });
    return () => clearTimeout(going);
  }, []);
  /** @param {string} id */
  const opening = (id) => leave(key, document.querySelector(".sheet")?.scrollTop ?? 0, id);

  return html`<section class="page">
    ${batch && html`<${Back} to=${["imports", batch]} text=${w.import_} />`}
    <header class="head">
      <h1>${batch ? w.peopleOfImport : w.watchlist}</h1>
      <div class="buttons">
        ${!batch && state.may("show_endings") && html`<a class="second" href=${address("watchlist", "ends")}>${w.endings.link}</a>`}
        ${state.keeps.value && !batch && html`<a class="go" href=${address("watchlist", "new")}><${Icon} name="add" />${w.addPerson}</a>`}
      </div>
    </header>
    ${!batch && state.may("list_subscriptions") && html`<${JoinedLists} />`}
    <${SearchField} />
    <${ListFilters} counts=${counts} batch=${batch !== undefined} />
    <div class="list-tools">
      ${state.may("show_photo") &&
      html`<button type="button" class="second" aria-pressed=${faces.value ? "true" : "false"} onClick=${() => (faces.value = !faces.value)}
      ><${Icon} name="faces" />${faces.value ? w.hideFaces : w.showFaces}</button>`}
      <details class="help"><summary>${w.help}</summary><p>${w.listHelp}</p></details>
    </div>
    ${rows === null
      ? html`<${Loading} fault=${list.fault} />`
      : rows.length === 0
        ? html`<p class="nobody">${text !== "" ? w.nobodyFound : wanted === "mine" ? w.nothingWaits : sought.many("living", counts) + ended > 0 || wanted !== "living" ? w.nobodyInState : w.nobody}</p>`
        : html`<ul class="people">${rows.map((row) => html`<${PersonRow} key=${row.id} row=${row} faces=${faces.value} opening=${opening} />`)}</ul>`}
    ${rows !== null && html`<${More} pages=${list} />`}
    ${wanted === "living" && !batch && rows !== null && html`<${Ended} key=${key} count=${ended} text=${text} sort=${sort} />`}
  </section>`;
}
