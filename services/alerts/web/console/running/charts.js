// The last hour as charts, each with its figures in words, and all of it as a table.
import { html } from "../../shared/html.js";
import { minute } from "../../shared/times.js";
import { Chart } from "./chart.js";
import { readable } from "./kept.js";
import { words } from "./words.js";
/** @import { RunningView } from "../../types/openapi" */

const TABLE_STEPS = 30;

/** @param {{ view: RunningView }} props */
export function Charts({ view }) {
  const w = words.value;
  const names = view.stages.map(({ stage }) => w.names[stage]);
  /** @param {"received" | "done" | "shed" | "age_seconds" | "busy"} of */
  const series = (of, scale = 1) => view.stages.map((stage) => stage[of].map((value) => (value === null ? null : value * scale)));
  const charts = [
    { title: w.chartIn, of: series("received") },
    { title: w.chartDone, of: series("done") },
    { title: w.chartLag, of: series("age_seconds") },
    { title: w.chartShed, of: series("shed") },
    { title: w.chartBusy, of: series("busy", 100) },
  ];
  // A row of the table each two minutes: more than that nobody reads.
  const rows = view.times.flatMap((at, n) => ((view.times.length - 1 - n) % Math.ceil(view.times.length / TABLE_STEPS) === 0 ? [{ at, n }] : [])).reverse();
  return html`<section class="card" aria-labelledby="charts">
    <h2 id="charts">${w.charts}</h2>
    ${view.times.length === 0 && html`<p class="hint">${w.tooEarly}</p>`}
    <div class="charts">${charts.map(({ title, of }) => html`<${Chart} key=${title} title=${title} names=${names} times=${view.times} series=${of} />`)}</div>
    <details class="history"><summary>${w.table}</summary>
      <div class="wide" tabindex="0" role="group" aria-label=${w.charts}><table>
        <thead><tr><th>${w.time}</th>${charts.flatMap(({ title }) => names.map((name) => html`<th key=${title + name}>${title}<small>${name}</small></th>`))}</tr></thead>
        <tbody>${rows.map(({ at, n }) => html`<tr key=${at}><th scope="row">${minute(new Date(at * 1000).toISOString())}</th>
          ${charts.flatMap(({ of }) => of.map((values) => html`<td>${values[n] === null ? "–" : readable(values[n])}</td>`))}</tr>`)}</tbody>
      </table></div>
    </details>
  </section>`;
}
