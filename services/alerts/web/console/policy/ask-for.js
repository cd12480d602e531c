// Asking for another threshold.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { figure } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ThresholdView } from "../../types/openapi" */

/** @param {{ view: ThresholdView, changed: (view: ThresholdView) => void }} props */
export function AskForThreshold({ view, changed }) {
  const w = words.value;
  const wanted = useSignal(figure(view.holds.threshold));
  const budget = useSignal(view.holds.weekly_false_alerts?.toString() ?? "");
  const reason = useSignal("");
  const action = useAction();
  const propose = () => {
    const body = {
      threshold: Number(wanted.value),
      reason: reason.value.trim(),
      weekly_false_alerts: budget.value === "" ? null : Number(budget.value),
    };
    action.run(async () => changed(await desk("POST /watchlist/threshold", { body })));
  };
  return html`<section class="card">
    <h2>${w.askThreshold}</h2>
    <form class="form" onSubmit=${onSubmit(propose)}>
      <${TextField} id="threshold" type="number" label=${w.newThreshold} hint=${w.notBelow(figure(view.floor))} step="0.001"
        min=${figure(view.floor)} max="1" required ...${bound(wanted)} />
      <${TextField} id="budget-wanted" type="number" label=${w.newBudget} hint=${w.newBudgetHint} step="0.01" min="0.01" max="1000"
        ...${bound(budget)} />
      <${TextField} id="threshold-reason" label=${w.reason} lines=${2} required minlength="3" maxlength="500" ...${bound(reason)} />
      <${Fault} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value || reason.value.trim().length < 3}>${w.ask}</button>
    </form>
  </section>`;
}
