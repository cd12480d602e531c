// A recogniser that is at work, and until when it is known how well it works.
import { html } from "../../shared/html.js";
import { date, moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { words } from "../words.js";
import { Report } from "./report.js";
/** @import { InstalledModel } from "../../types/openapi" */

/** @param {{ model: InstalledModel }} props */
export function Model({ model }) {
  const w = words.value.accuracy;
  return html`<section class="card">
    <h2>${w.recogniser} ${model.model_sha256.slice(0, 12)}</h2>
    ${model.measured_on === null && html`<p class="notice">${w.none}</p>`}
    <${Facts} rows=${[
      [w.dataset, model.dataset],
      [w.measuredOn, model.measured_on && date(model.measured_on)],
      [w.holdsUntil, model.holds_until && moment(model.holds_until)],
      [w.matchesUntil, moment(model.matches_until)],
      [w.digest, model.digest && html`<code class="digest">${model.digest}</code>`],
    ]} />
    ${model.report && html`<${Report} report=${model.report} />`}
  </section>`;
}
