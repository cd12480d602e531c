// Where somebody may match: everywhere, in a group of sites, or at named sites.
import { useSignal } from "@preact/signals";
import { onCheck, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
/** @import { GroundsForm } from "../../types/page" */

/** @typedef {GroundsForm["scope"]["kind"]} Kind */

/** @param {{ form: GroundsForm, set: (some: Partial<GroundsForm>) => void }} props */
export function Where({ form, set }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/groups"));
  const groups = found.value?.groups ?? [];
  const other = useSignal("");
  const known = state.sites.value.map((site) => site.site);
  const scope = form.scope;
  /**
   * @param {string} site
   * @param {boolean} on
   */
  const toggle = (site, on) =>
    set({ scope: { ...scope, sites: on ? [...scope.sites, site] : scope.sites.filter((each) => each !== site) } });
  /** @param {string} text */
  const type = (text) => {
    other.value = text;
    const typed = text.split(/[\s,;，；]+/).filter(Boolean);
    set({ scope: { ...scope, sites: [...scope.sites.filter((site) => known.includes(site)), ...typed] } });
  };
  /** @type {[Kind, string][]} */
  const kinds = [["network", w.everywhere], ["sites", w.atSites]];
  if (groups.length > 0) kinds.push(["group", w.inGroup]);
  /** @param {Kind} kind */
  const choose = (kind) => {
    other.value = "";
    set({ scope: { kind, group: kind === "group" ? groups[0].name : null, sites: [] } });
  };
  return html`<fieldset class="where-fields">
    <legend>${w.scope}</legend>
    <${Fault} fault=${fault} />
    ${kinds.map(
      ([kind, text]) => html`<label class="check"><input type="radio" name="scope" checked=${scope.kind === kind}
        onChange=${() => choose(kind)} />${text}</label>`,
    )}
    ${scope.kind === "sites" &&
    html`<div class="sites">
      ${known.map(
        (site) => html`<label class="check"><input type="checkbox" checked=${scope.sites.includes(site)}
          onChange=${onCheck((on) => toggle(site, on))} />${site}</label>`,
      )}
      <${TextField} id="other-sites" label=${w.otherSites} value=${other.value} onInput=${onText(type)} />
    </div>`}
    ${scope.kind === "group" &&
    html`<${Field} id="group" label=${w.group}>
      <select id="group" value=${scope.group} onChange=${onText((group) => set({ scope: { ...scope, group } }))}>
        ${groups.map((group) => html`<option value=${group.name}>${group.name} (${group.sites.join(", ")})</option>`)}
      </select>
    <//>`}
  </fieldset>`;
}
