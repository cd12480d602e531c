// Who ends when, as a calendar, so that whoever is to stay is renewed in time.
import { useSignal } from "@preact/signals";
import { today } from "../../shared/days.js";
import { html } from "../../shared/html.js";
import { language } from "../../shared/language.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { date } from "../formats.js";
import { Back } from "../parts/back.js";
import { Chips } from "../parts/chips.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Calendar } from "./calendar.js";
import { EndingEntries } from "./ending-entries.js";
import { byMonth, monthAfter, spanOf } from "./months.js";

export function Endings() {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/endings"), state.listVersion.value);
  const now = today();
  const month = useSignal(now.slice(0, 7));
  const day = useSignal(/** @type {string | null} */ (null));
  const days = found.value?.days ?? [];
  const counts = byMonth(days);
  /** @param {string} one */
  const named = (one) => new Date(`${one}-01`).toLocaleDateString(language.value, { year: "numeric", month: "long", timeZone: "UTC" });
  /** @param {string} one */
  const open = (one) => {
    month.value = one;
    day.value = null;
  };
  // Those in which anybody ends, and the one that is open.
  const months = [...new Set([...counts.keys(), month.value])].sort();
  const span = day.value === null ? spanOf(month.value) : { from: day.value, to: day.value };
  return html`<section class="page">
    <${Back} to=${["watchlist"]} text=${w.watchlist} />
    <header class="head"><h1>${w.endings.title}</h1></header>
    <p class="hint">${w.endings.text}</p>
    ${found.value === null
      ? html`<${Loading} fault=${fault} />`
      : html`<${Chips} label=${w.endings.months} value=${month.value} onChoose=${open}
          labels=${Object.fromEntries(months.map((one) => [one, `${named(one)}${counts.get(one) ? ` ${counts.get(one)}` : ""}`]))} />
        <section class="card">
          <div class="month-head">
            <button type="button" class="second" aria-label=${w.endings.before} onClick=${() => open(monthAfter(month.value, -1))}>‹</button>
            <h2 aria-live="polite">${named(month.value)}</h2>
            <button type="button" class="second" aria-label=${w.endings.after} onClick=${() => open(monthAfter(month.value, 1))}>›</button>
          </div>
          <${Calendar} month=${month.value} days=${new Map(days.map((one) => [one.day, one]))} chosen=${day.value} today=${now}
            choose=${(/** @type {string} */ one) => (day.value = day.value === one ? null : one)} />
        </section>
        <h2>${day.value === null ? named(month.value) : date(day.value)}</h2>
        <${EndingEntries} from=${span.from} to=${span.to} />`}
  </section>`;
}
