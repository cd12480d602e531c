// What is said of one person or of everybody in an import: the same questions, asked the same way.
import { useSignal } from "@preact/signals";
import { today } from "../days.js";
import * as state from "../state.js";
import { desk, useReading } from "./desk.js";
import { Fault, Field, html, Text } from "./parts.js";
import { category, date, words } from "./words.js";

// The grounds an entry may stand on; `form` holds category, basis, evidence, instruction and until.
export function Grounds({ form, set }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET", "/categories"));
  const known = found.value?.categories ?? [];
  const chosen = known.find((each) => each.code === form.category);
  const choose = (code) => {
    const ground = known.find((each) => each.code === code);
    set({ category: code, until: ground.usual_last_day, usual: true });
  };
  return html`<${Fault} fault=${fault} />
    <${Field} id="category" label=${w.category}>
      <select id="category" required value=${form.category} onChange=${(event) => choose(event.target.value)}>
        <option value="" disabled>${w.choose}</option>
        ${known.map((each) => html`<option value=${each.code}>${category(each.code, each.title)}</option>`)}
      </select>
    <//>
    <${Text} id="basis" label=${w.basis} hint=${w.basisHint} lines=${2} required maxlength="2000" value=${form.basis}
      onInput=${(basis) => set({ basis })} />
    <${Text} id="evidence" label=${w.evidence} hint=${w.evidenceHint} required maxlength="500" value=${form.evidence}
      onInput=${(evidence) => set({ evidence })} />
    <${Text} id="instruction" label=${w.instruction} hint=${w.instructionHint} lines=${2} required maxlength="1000"
      value=${form.instruction} onInput=${(instruction) => set({ instruction })} />
    <${Text} id="until" type="date" label=${w.lastDay} hint=${chosen ? w.expiryHint(date(chosen.latest_last_day)) : w.usualExpiry} required value=${form.until} min=${today()}
      max=${chosen?.latest_last_day} onInput=${(until) => set({ until, usual: false })} />`;
}

// Where somebody may match: everywhere, in a group of sites, or at named sites.
export function Where({ form, set }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET", "/groups"));
  const groups = found.value?.groups ?? [];
  const other = useSignal("");
  const known = state.sites.value.map((site) => site.site);
  const scope = form.scope;
  const toggle = (site, on) =>
    set({ scope: { ...scope, sites: on ? [...scope.sites, site] : scope.sites.filter((each) => each !== site) } });
  const type = (text) => {
    other.value = text;
    const typed = text.split(/[\s,;，；]+/).filter(Boolean);
    set({ scope: { ...scope, sites: [...scope.sites.filter((site) => known.includes(site)), ...typed] } });
  };
  const kinds = { network: w.everywhere, sites: w.atSites, ...(groups.length > 0 && { group: w.inGroup }) };
  const choose = (kind) => {
    other.value = "";
    set({ scope: { kind, group: kind === "group" ? groups[0].name : null, sites: [] } });
  };
  return html`<fieldset class="where-fields">
    <legend>${w.scope}</legend>
    <${Fault} fault=${fault} />
    ${Object.entries(kinds).map(
      ([kind, text]) => html`<label class="check"><input type="radio" name="scope" checked=${scope.kind === kind}
        onChange=${() => choose(kind)} />${text}</label>`,
    )}
    ${scope.kind === "sites" &&
    html`<div class="sites">
      ${known.map(
        (site) => html`<label class="check"><input type="checkbox" checked=${scope.sites.includes(site)}
          onChange=${(event) => toggle(site, event.target.checked)} />${site}</label>`,
      )}
      <${Text} id="other-sites" label=${w.otherSites} value=${other.value} onInput=${type} />
    </div>`}
    ${scope.kind === "group" &&
    html`<${Field} id="group" label=${w.group}>
      <select id="group" value=${scope.group} onChange=${(event) => set({ scope: { ...scope, group: event.target.value } })}>
        ${groups.map((group) => html`<option value=${group.name}>${group.name} (${group.sites.join(", ")})</option>`)}
      </select>
    <//>`}
  </fieldset>`;
}

export const EMPTY = {
  category: "", basis: "", evidence: "", instruction: "", until: "", usual: true,
  scope: { kind: "network", group: null, sites: [] },
};

// The same as it is sent. An end that nobody chose is left to the desk: two years, or as long as the ground allows.
export function saidOf({ until, usual, ...form }) {
  return { ...form, last_day: usual ? null : until };
}

export const isWhole = ({ scope }) => scope.kind !== "sites" || scope.sites.length > 0;
