// The budget for false alerts that holds, and what it leads to.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { alerts } from "./alerts-a-week.js";
import { BudgetChoices } from "./budget-choices.js";
import { BudgetOfSite } from "./budget-of-site.js";
/** @import { BudgetPlan, ThresholdProposal } from "../../types/openapi" */

/** @param {{ holds: ThresholdProposal, plan: BudgetPlan | null }} props */
export function Budget({ holds, plan }) {
  const w = words.value;
  const budget = holds.weekly_false_alerts ?? null;
  return html`<section class="card" id="budget">
      <h2>${w.budget}</h2>
      <p class="big">${budget === null ? w.noBudget : w.aWeek(alerts(budget))}</p>
      <p class="hint">${w.budgetText}</p>
      ${plan === null && html`<p class="hint">${w.budgetNotYet}</p>`}
      ${plan !== null && plan.sites.length === 0 && html`<p class="hint">${w.nothingCounted}</p><${BudgetChoices} choices=${plan.elsewhere} />`}
    </section>
    ${plan?.sites.map((site) => html`<${BudgetOfSite} key=${site.site} site=${site} budget=${budget} />`)}`;
}
