// A list that is published here: a row for each hospital, what waits for another account, and who owes an erasure.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Erasures } from "./erasures.js";
import { Hospital } from "./hospital.js";
import { HospitalRow } from "./hospital-row.js";
import { InviteForm } from "./invite-form.js";
import { ShareForm } from "./share-form.js";
import { Shares } from "./shares.js";

const LOOK_MS = 5_000;

/** @param {{ list: string }} props */
export function Published({ list }) {
  const w = words.value.lists;
  const { found, fault, again } = useReading(() => desk("GET /federation/lists/{list}", { path: { list } }), list);
  const open = useSignal(/** @type {string | null} */ (null));
  const adds = useSignal(/** @type {"hospital" | "entry" | null} */ (null));
  useEffect(() => {
    const looking = setInterval(again, LOOK_MS);
    return () => clearInterval(looking);
  }, [list]);
  const sharing = found.value;
  if (sharing === null) return html`<${Loading} fault=${fault} />`;
  const changed = () => {
    adds.value = null;
    return again();
  };
  const chosen = sharing.hospitals.find((each) => each.hospital === open.value);
  const { published } = sharing;
  return html`<section class="card" aria-labelledby=${`list-${list}`}>
    <h2 id=${`list-${list}`}>${published.title} <small>${w.published(list)}</small></h2>
    <p>${w.stands(published.entries, published.hospitals, sharing.number)}${sharing.unpublished > 0 && ` ${w.unpublished(sharing.unpublished)}`}</p>
    ${sharing.hospitals.length > 0 &&
    html`<div class="wide hospitals" tabindex="0" role="group" aria-label=${w.hospitalsOf(published.title)}><table>
      <thead><tr>${w.columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${sharing.hospitals.map(
        (each) => html`<${HospitalRow} key=${each.hospital} of=${each} listed=${published.entries} open=${() => (open.value = each.hospital)} />`,
      )}</tbody>
    </table></div>`}
    ${chosen && html`<${Hospital} key=${chosen.hospital} list=${list} of=${chosen} changed=${changed} done=${() => (open.value = null)} />`}
    <${Shares} list=${list} waiting=${sharing.waiting} changed=${changed} />
    <${Erasures} list=${list} erasures=${sharing.erasures} changed=${changed} />
    <div class="buttons">
      ${state.may("invite_hospital") && html`<button type="button" class="second" onClick=${() => (adds.value = "hospital")}>${w.invite}</button>`}
      ${state.may("share_entry") && html`<button type="button" class="second" onClick=${() => (adds.value = "entry")}>${w.share}</button>`}
    </div>
    ${adds.value === "hospital" && html`<${InviteForm} list=${list} done=${changed} />`}
    ${adds.value === "entry" && html`<${ShareForm} list=${list} hospitals=${sharing.hospitals} done=${changed} />`}
  </section>`;
}
