// The grounds an entry may stand on, of one person or of everybody in an import.
import { today } from "../../shared/days.js";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { category, date } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
/** @import { GroundsForm } from "../../types/page" */

/** @param {{ form: GroundsForm, set: (some: Partial<GroundsForm>) => void }} props */
export function Grounds({ form, set }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/categories"));
  const known = found.value?.categories ?? [];
  const chosen = known.find((each) => each.code === form.category);
  /** @param {string} code */
  const choose = (code) => {
    const ground = known.find((each) => each.code === code);
    set({ category: code, until: ground?.usual_last_day ?? "", usual: true });
  };
  return html`<${Fault} fault=${fault} />
    <${Field} id="category" label=${w.category}>
      <select id="category" required value=${form.category} onChange=${onText(choose)}>
        <option value="" disabled>${w.choose}</option>
        ${known.map((each) => html`<option value=${each.code}>${category(each.code, each.title)}</option>`)}
      </select>
    <//>
    <${TextField} id="basis" label=${w.basis} hint=${w.basisHint} lines=${2} required maxlength="2000" value=${form.basis}
      onInput=${onText((basis) => set({ basis }))} />
    <${TextField} id="evidence" label=${w.evidence} hint=${w.evidenceHint} required maxlength="500" value=${form.evidence}
      onInput=${onText((evidence) => set({ evidence }))} />
    <${TextField} id="instruction" label=${w.instruction} hint=${w.instructionHint} lines=${2} required maxlength="1000"
      value=${form.instruction} onInput=${onText((instruction) => set({ instruction }))} />
    <${TextField} id="until" type="date" label=${w.lastDay} hint=${chosen ? w.expiryHint(date(chosen.latest_last_day)) : w.usualExpiry} required value=${form.until} min=${today()}
      max=${chosen?.latest_last_day} onInput=${onText((until) => set({ until, usual: false }))} />`;
}
