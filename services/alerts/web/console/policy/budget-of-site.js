// What a budget leads to at a site: what is expected, at which camera, and what it costs.
import { html } from "../../shared/html.js";
import { figure } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { words } from "../words.js";
import { alerts, expected } from "./alerts-a-week.js";
import { BudgetChoices } from "./budget-choices.js";
/** @import { SiteBudget } from "../../types/openapi" */

/** @param {{ site: SiteBudget, budget: number | null }} props */
export function BudgetOfSite({ site, budget }) {
  const w = words.value;
  const name = w.expectedAt(site.site);
  return html`<section class="card">
    <h2>${name}</h2>
    ${budget !== null && !site.met && html`<p class="notice">${w.budgetNotMet(alerts(budget), w.share(site.missed))}</p>`}
    <${Facts} rows=${[
      [w.expectedAlerts, expected(site.expected)],
      [w.missedOf, w.missedShares(w.share(site.missed), w.share(site.missed_of_one_view))],
      [w.judgedWrong, w.ofExpected(site.rejected, alerts(site.expected_so_far))],
      [w.listSize, site.entries.toLocaleString()],
    ]} />
    <div class="wide" tabindex="0" role="group" aria-label=${name}><table>
      <thead><tr><th>${w.camera}</th><th>${w.alertFrom}</th><th>${w.expectedAlerts}</th><th>${w.walksCounted}</th></tr></thead>
      <tbody>
        ${site.cameras.map(
          (each) => html`<tr><td>${each.camera}</td><td>${figure(each.threshold)}</td>
            <td>${expected(each.expected)}</td><td>${each.walks.toLocaleString()}</td></tr>`,
        )}
      </tbody>
    </table></div>
    <${BudgetChoices} choices=${site.choices} />
  </section>`;
}
