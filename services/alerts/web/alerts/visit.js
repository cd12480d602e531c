// What came of going there.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import { ReportForm } from "./report-form.js";
import { maySayWhatCame } from "./steps.js";
/** @import { IncidentView } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Visit({ incident }) {
  const w = words.value;
  const { arrived_at, report } = incident;
  if (arrived_at === null && report === null) return null;
  return html`<section class="visit" aria-label=${w.visit}>
    ${arrived_at && html`<p><${Icon} name="check" /><b>${w.arrived}</b><time dateTime=${arrived_at}>${clock(arrived_at)}</time></p>`}
    ${report && html`<p>
      <${Icon} name="list" /><b>${report.result === null ? w.reportLater : w.results[report.result]}</b>
      <time dateTime=${report.at}>${clock(report.at)}</time>
    </p>
    ${report.note && html`<p class="words">${report.note}</p>`}`}
    ${maySayWhatCame(incident) && html`<${ReportForm} incident=${incident} />`}
  </section>`;
}
