// The threshold that holds, and the report that its floor comes from.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { date, figure, moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { AskForThreshold } from "./ask-for.js";
import { Budget } from "./budget.js";
import { WaitingThreshold } from "./waits.js";
/** @import { ThresholdView } from "../../types/openapi" */

export function Threshold() {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/threshold"));
  const view = found.value;
  if (view === null) return html`<${Loading} fault=${fault} />`;
  /** @param {ThresholdView} now */
  const changed = (now) => {
    found.value = now;
  };
  return html`<section class="card">
      <h2>${w.threshold}</h2>
      <p class="big">${figure(view.holds.threshold)}</p>
      <p class="hint">${w.thresholdText}</p>
      <${Facts} rows=${[
        [w.since, view.holds.approved_at && moment(view.holds.approved_at)],
        [w.askedBy, view.holds.asked_by],
        [w.approver, view.holds.approved_by],
        [w.reasonLabel, view.holds.reason],
        [w.floor, figure(view.floor)],
      ]} />
    </section>
    ${view.waits && html`<${WaitingThreshold} proposal=${view.waits} changed=${changed} />`}
    ${!view.waits && state.may("ask_threshold") && html`<${AskForThreshold} view=${view} changed=${changed} />`}
    <${Budget} holds=${view.holds} plan=${view.budget ?? null} />
    <section class="card">
      <h2>${w.floorFrom}</h2>
      <div class="wide" tabindex="0" role="group" aria-label=${w.floorFrom}><table>
        <thead><tr><th>${w.dataset}</th><th>${w.listSize}</th><th>${w.floor}</th><th>${w.missed}</th><th>${w.falseAlarms}</th><th>${w.measuredOn}</th></tr></thead>
        <tbody>
          ${view.reports.map(
            (report) => html`<tr><td>${report.dataset}</td><td>${report.list_size.toLocaleString()}</td><td>${figure(report.floor)}</td>
              <td>${w.share(report.fnir)}</td><td>${w.share(report.fpir)} (≤ ${w.share(report.fpir_upper)})</td><td>${date(report.measured_on)}</td></tr>`,
          )}
        </tbody>
      </table></div>
      <p class="hint">${w.reportText}</p>
    </section>`;
}
