// Of which site something is; for every site only by who is for every site.
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { Field } from "../parts/field.js";
import { words } from "../words.js";
/** @import { Signal } from "@preact/signals" */

/** @param {{ id: string, site: Signal<string>, every?: boolean }} props `every`: whether it may be for every site */
export function SiteField({ id, site, every = true }) {
  const w = words.value.delivery;
  const own = state.me.value?.sites ?? null;
  const known = [...new Set([...(own ?? state.sites.value.map((each) => each.site)), ...(site.value ? [site.value] : [])])];
  const any = every && own === null;
  return html`<${Field} id=${id} label=${w.site}>
    <select id=${id} value=${site.value} required=${!any} onChange=${onText((chosen) => (site.value = chosen))}>
      ${any ? html`<option value="">${w.everySite}</option>` : html`<option value="" disabled>${words.value.choose}</option>`}
      ${known.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
  <//>`;
}
