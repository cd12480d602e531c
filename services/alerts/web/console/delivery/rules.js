// The rules: for which alerts which channels are used.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { category } from "../formats.js";
import { Loading } from "../parts/loading.js";
import { words } from "../words.js";
import { RuleForm } from "./rule-form.js";
import { TakeAway } from "./taken-away.js";
/** @import { Rule } from "../../types/openapi" */
/** @import { Known } from "./use-arrangements.js" */

/** @param {{ known: Known }} props */
export function Rules({ known }) {
  const w = words.value.delivery;
  const editing = useSignal(/** @type {string | null} */ (null)); // a name; empty: a new one
  const found = known.found.value;
  const may = state.may("set_rule");
  /** @param {boolean} changed */
  const close = (changed) => {
    editing.value = null;
    if (changed) known.again();
  };
  return html`<section class="card">
    <h2>${w.rules}</h2>
    <p class="hint">${w.rulesText}</p>
    ${found === null && html`<${Loading} fault=${known.fault} />`}
    ${found?.rules.length === 0 && html`<p class="nobody">${w.noRules}</p>`}
    <ul class="arranged">
      ${found?.rules.map(
        ({ name, rule }) => html`<li key=${name}>
          <b>${name}</b>
          <p>${forWhat(rule)}</p>
          <p class="hint">${[w.people[rule.people ?? "in_turn"], ...(rule.channels ?? [])].join(" · ")}</p>
          ${may &&
          editing.value !== name &&
          html`<div class="buttons">
            <button type="button" class="second" aria-label=${w.of(w.change, name)} onClick=${() => (editing.value = name)}>${w.change}</button>
            <${TakeAway} name=${name} text=${w.takeRuleAway}
              work=${async () => {
                await ask("DELETE /delivery/rules/{rule}", { path: { rule: name } });
                await known.again();
              }} />
          </div>`}
          ${editing.value === name && html`<${RuleForm} name=${name} rule=${rule} known=${found} done=${close} />`}
        </li>`,
      )}
    </ul>
    ${found !== null && editing.value === "" && html`<${RuleForm} name="" rule=${{}} known=${found} done=${close} />`}
    ${found !== null && may && editing.value === null &&
    html`<button type="button" class="second" onClick=${() => (editing.value = "")}>${w.addRule}</button>`}
  </section>`;
}

/** @param {Rule} rule */
function forWhat({ site, categories = [], zones = [], days = [], begins, ends }) {
  const w = words.value.delivery;
  return [
    site ?? w.everySite,
    categories.length > 0 ? categories.map((code) => category(code)).join(w.comma) : w.everyGround,
    zones.length > 0 ? zones.join(w.comma) : w.everywhere,
    days.length > 0 ? days.map((day) => w.days[day - 1]).join(w.comma) : w.everyDay,
    begins && ends ? `${begins}–${ends}` : w.allDay,
  ].join(" · ");
}
