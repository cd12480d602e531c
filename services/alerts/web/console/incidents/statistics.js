// How many alerts a day, how fast they were answered, what came of them, and which grounds cause false ones.
import { useSignal } from "@preact/signals";
import { dayOf, today } from "../../shared/days.js";
import { bound } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { language } from "../../shared/language.js";
import { ask } from "../desk.js";
import { category } from "../formats.js";
import { BarTable } from "./bar-table.js";
import { Back } from "../parts/back.js";
import { Loading } from "../parts/loading.js";
import { TextField } from "../parts/text-field.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { BarChart } from "./bar-chart.js";
import { Choice } from "./choice.js";
import { sum } from "./bars.js";
import { byAnswer, byCategory, byDay, KINDS } from "./figures.js";
/** @import { Bar } from "./bars.js" */

const DAY_MS = 86_400_000;
const DAYS = 30;

/** @param {string} day */
const short = (day) => new Date(day).toLocaleDateString(language.value, { month: "numeric", day: "numeric", timeZone: "UTC" });

export function Statistics() {
  const w = words.value.incidents;
  const until = useSignal(today());
  const since = useSignal(dayOf(Date.parse(until.value) - (DAYS - 1) * DAY_MS));
  const site = useSignal("");
  const sites = useReading(async () => (await ask("GET /sites")).sites.map((each) => each.site));
  const { found, fault } = useReading(
    () => ask("GET /incidents/statistics", { query: { since: since.value, until: until.value, site: site.value } }),
    since.value, until.value, site.value,
  );
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, kind === "undecided" ? w.states.open : w.outcomes[kind]]));
  const counts = found.value;
  return html`<section class="page narrow">
    <${Back} to=${["incidents"]} text=${w.section} />
    <h1>${w.statistics}</h1>
    <p class="hint">${w.statisticsText}</p>
    <div class="choose">
      <${TextField} id="since" type="date" required label=${w.since} ...${bound(since)} />
      <${TextField} id="until" type="date" required label=${w.until} ...${bound(until)} />
      <${Choice} id="of-site" label=${w.site} value=${site.value} options=${(sites.found.value ?? []).map((name) => [name, name])} choose=${(/** @type {string} */ name) => (site.value = name)} />
    </div>
    ${counts === null
      ? html`<${Loading} fault=${fault} />`
      : html`<p role="status">${w.counted(Object.values(counts.outcomes).reduce((all, each) => all + each, 0))}</p>
          <${BarChart} title=${w.aDay} kinds=${kinds} bars=${byDay(counts, short)} />
          <${BarTable} title=${w.answered} hint=${w.answeredText} bars=${byAnswer(counts, w)} />
          <${BarTable} title=${w.whatCame}
            bars=${KINDS.map((kind) => ({ label: kinds[kind], parts: [{ kind, count: counts.outcomes[kind] }] }))} />
          ${counts.categories.length > 0 &&
          html`<${BarTable} title=${w.falseAlerts} hint=${w.falseAlertsText} told=${(/** @type {Bar} */ bar) => w.falseOf(bar.parts[0].count, sum(bar))}
            bars=${byCategory(counts, (code) => (code === "" ? w.noGround : category(code)))} />`}`}
  </section>`;
}
