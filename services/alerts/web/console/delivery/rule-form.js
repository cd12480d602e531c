// A rule as it is typed, and how often it would have rung before it is kept.
import { useSignal } from "@preact/signals";
import { bound, onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { ask, desk } from "../desk.js";
import { category } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Choices } from "./choices.js";
import { NAME } from "./names.js";
import { SiteField } from "./site-field.js";
/** @import { Arranged, ChannelView, Preview, Rule } from "../../types/openapi" */

/**
 * @param {{
 *   name: string, rule: Rule, known: Arranged & { channels: ChannelView[] }, done: (changed: boolean) => void,
 * }} props `name`: empty for a new one
 */
export function RuleForm({ name, rule, known, done }) {
  const w = words.value.delivery;
  const named = useSignal(name);
  const site = useSignal(rule.site ?? "");
  const categories = useSignal(rule.categories ?? []);
  const zones = useSignal(rule.zones ?? []);
  const days = useSignal((rule.days ?? []).map(String));
  const begins = useSignal(rule.begins ?? "");
  const ends = useSignal(rule.ends ?? "");
  const channels = useSignal(rule.channels ?? []);
  const people = useSignal(rule.people ?? "in_turn");
  const grounds = useReading(() => desk("GET /watchlist/categories"));
  const action = useAction();
  const seen = useSignal(/** @type {{ of: string, preview: Preview } | null} */ (null));
  /** @type {Rule} */
  const body = {
    site: site.value || null, categories: categories.value, zones: zones.value, days: days.value.map(Number),
    begins: begins.value || null, ends: ends.value || null, channels: channels.value, people: people.value,
  };
  const of = JSON.stringify(body);
  // What was counted is what is kept: a change asks to be counted anew.
  const preview = seen.value?.of === of ? seen.value.preview : null;
  const count = () => action.run(async () => (seen.value = { of, preview: await ask("POST /delivery/preview", { body }) }));
  const save = async () => {
    const path = { rule: named.value };
    if (await action.run(async () => (await ask("PUT /delivery/rules/{rule}", { path, body }), true))) done(true);
  };
  return html`<form class="form" onSubmit=${onSubmit(preview === null ? count : save)} aria-label=${name ? w.of(w.change, name) : w.addRule}>
    ${!name && html`<${TextField} id="rule-name" label=${w.name} hint=${w.nameHint} required pattern=${NAME} autocomplete="off" ...${bound(named)} />`}
    <${SiteField} id="rule-site" site=${site} />
    <${Fault} fault=${grounds.fault} />
    <${Choices} legend=${w.grounds} hint=${w.noneIsAny} chosen=${categories.value} choose=${(/** @type {string[]} */ chosen) => (categories.value = chosen)}
      known=${(grounds.found.value?.categories ?? []).map((each) => [each.code, category(each.code, each.title)])} />
    ${known.zones.length > 0 &&
    html`<${Choices} legend=${w.zones} hint=${w.noneIsAny} chosen=${zones.value} choose=${(/** @type {string[]} */ chosen) => (zones.value = chosen)}
      known=${known.zones.map((each) => [each.name, `${each.name} (${each.zone.site})`])} />`}
    <${Choices} legend=${w.onDays} hint=${w.noneIsAny} chosen=${days.value} choose=${(/** @type {string[]} */ chosen) => (days.value = chosen)}
      known=${w.days.map((text, index) => [String(index + 1), text])} />
    <div class="pair-of-fields">
      <${TextField} id="rule-begins" type="time" label=${w.from} required=${ends.value !== ""} ...${bound(begins)} />
      <${TextField} id="rule-ends" type="time" label=${w.to} hint=${w.hoursHint} required=${begins.value !== ""} ...${bound(ends)} />
    </div>
    <${Choices} legend=${w.byChannels} hint=${known.channels.length === 0 ? w.noChannels : w.channelsOfRule} chosen=${channels.value}
      choose=${(/** @type {string[]} */ chosen) => (channels.value = chosen)} known=${known.channels.map((each) => [each.name, `${each.name} (${w.media[each.medium]})`])} />
    <${Field} id="rule-people" label=${w.phones}>
      <select id="rule-people" value=${people.value} onChange=${onText((text) => (people.value = text === "at_once" ? "at_once" : "in_turn"))}>
        <option value="in_turn">${w.people.in_turn}</option>
        <option value="at_once">${w.people.at_once}</option>
      </select>
    <//>
    ${preview && html`<p class="notice" role="status">${w.wouldHaveRung(preview.rung, preview.alerts)}</p>`}
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${preview === null ? w.count : w.save}</button>
      <button type="button" class="second" onClick=${() => done(false)}>${words.value.cancel}</button>
    </div>
  </form>`;
}
