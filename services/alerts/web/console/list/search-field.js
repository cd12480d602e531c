// Where the letters are typed that the list is searched for, and how it is sorted.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { sort, text } from "./sought.js";
/** @import { FieldEvent, Sort } from "../../types/page" */

// Whoever types on is not answered letter by letter.
const PAUSE_MS = 150;
/** @type {Sort[]} */
const SORTS = ["changed", "label", "ends"];

export function SearchField() {
  const w = words.value;
  const typed = useSignal(text.value);
  useEffect(() => {
    const search = setTimeout(() => (text.value = typed.value.trim()), PAUSE_MS);
    return () => clearTimeout(search);
  }, [typed.value]);
  return html`<div class="search" role="search">
    <label for="list-search" class="unseen">${w.search}</label>
    <input id="list-search" type="search" maxlength="100" autocomplete="off" spellcheck=${false} placeholder=${w.searchHint}
      value=${typed.value} onInput=${(/** @type {FieldEvent} */ event) => (typed.value = event.currentTarget.value)} />
    <label for="list-sort" class="unseen">${w.sort}</label>
    <select id="list-sort" value=${sort.value} onChange=${(/** @type {FieldEvent} */ event) => (sort.value = /** @type {Sort} */ (event.currentTarget.value))}>
      ${SORTS.map((each) => html`<option key=${each} value=${each}>${w.sorts[each]}</option>`)}
    </select>
  </div>`;
}
