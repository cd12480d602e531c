// What budgets that nobody has asked for yet would cost.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { alerts } from "./alerts-a-week.js";
/** @import { BudgetChoice } from "../../types/openapi" */

/** @param {{ choices: BudgetChoice[] }} props */
export function BudgetChoices({ choices }) {
  const w = words.value;
  return html`<div class="wide" tabindex="0" role="group" aria-label=${w.choices}><table>
    <caption>${w.choices}</caption>
    <thead><tr><th>${w.budget}</th><th>${w.missedSeveral}</th><th>${w.missedOneView}</th></tr></thead>
    <tbody>
      ${choices.map(
        (each) => html`<tr><td>${w.aWeek(alerts(each.weekly_false_alerts))}${each.met ? "" : ` (${w.cannotBeMet})`}</td>
          <td>${w.share(each.missed)}</td><td>${w.share(each.missed_of_one_view)}</td></tr>`,
      )}
    </tbody>
  </table></div>`;
}
