// How well people are recognised here: the reports that hold, until when, and the one that waits for an approval.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Model } from "./model.js";
import { Roll } from "./roll.js";
import { WaitingReport } from "./waits.js";
/** @import { AccuracyInstalled } from "../../types/openapi" */

export function Accuracy() {
  const w = words.value.accuracy;
  const { found, fault } = useReading(() => desk("GET /watchlist/accuracy"));
  const view = found.value;
  if (view === null) return html`<${Loading} fault=${fault} />`;
  /** @param {AccuracyInstalled} now */
  const changed = (now) => {
    found.value = now;
  };
  return html`<section class="page">
    <h1>${w.title}</h1>
    <p class="hint">${w.text}</p>
    ${view.waits && html`<${WaitingReport} proposal=${view.waits} changed=${changed} />`}
    ${view.models.map((model) => html`<${Model} key=${model.model_sha256} model=${model} />`)}
    <${Roll} />
    <section class="card">
      <h2>${w.limits}</h2>
      <ul>${w.limitList.map((/** @type {string} */ limit) => html`<li>${limit}</li>`)}</ul>
    </section>
  </section>`;
}
