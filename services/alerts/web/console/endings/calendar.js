// A month, with how many end on each of its days.
import { html } from "../../shared/html.js";
import { language } from "../../shared/language.js";
import { date } from "../formats.js";
import { words } from "../words.js";
import { weeksOf } from "./months.js";
/** @import { EndingDay } from "../../types/openapi" */

// A Monday, from which the days of a week have their names.
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** @param {{ month: string, days: Map<string, EndingDay>, chosen: string | null, today: string, choose: (day: string) => void }} props */
export function Calendar({ month, days, chosen, today, choose }) {
  const w = words.value;
  /** @param {number} n @param {"short" | "long"} weekday */
  const named = (n, weekday) => new Date(MONDAY + n * DAY_MS).toLocaleDateString(language.value, { weekday, timeZone: "UTC" });
  return html`<table class="calendar">
    <thead><tr>${[0, 1, 2, 3, 4, 5, 6].map((n) => html`<th scope="col" key=${n}><abbr title=${named(n, "long")}>${named(n, "short")}</abbr></th>`)}</tr></thead>
    <tbody>
      ${weeksOf(month).map(
        (week, n) => html`<tr key=${n}>
          ${week.map((day, m) => {
            const found = day === null ? undefined : days.get(day);
            const number = day === null ? "" : Number(day.slice(8));
            return html`<td key=${m} class=${day === today ? "today" : ""}>
              ${found && day !== null
                ? html`<button type="button" aria-pressed=${day === chosen ? "true" : "false"}
                    class=${found.asked === found.entries ? "asked" : ""} onClick=${() => choose(day)}><span aria-hidden="true">${number}</span><b aria-hidden="true">${found.entries}</b><span class="unseen">${w.endings.onDay(date(day), found.entries)}</span></button>`
                : html`<span>${number}</span>`}
            </td>`;
          })}
        </tr>`,
      )}
    </tbody>
  </table>`;
}
