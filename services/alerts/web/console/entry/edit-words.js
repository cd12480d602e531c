// What a draft says, in other words.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Back } from "../parts/back.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { EditForm } from "./edit-form.js";

/** @param {{ id: string }} props */
export function EditWords({ id }) {
  const { found, fault } = useReading(() => desk("GET /watchlist/entries/{entry}", { path: { entry: id } }), id);
  return html`<section class="page narrow">
    <${Back} to=${["watchlist", id]} text=${found.value?.label || words.value.noLabel} />
    <h1>${words.value.acts.edit}</h1>
    ${found.value === null ? html`<${Loading} fault=${fault} />` : html`<${EditForm} entry=${found.value} />`}
  </section>`;
}
