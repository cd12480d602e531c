// How far the sending is.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { Fault } from "../parts/fault.js";
import { words } from "../words.js";
import { pace } from "./pace.js";
/** @import { Job } from "./sending.js" */

/** @param {{ job: Job }} props */
export function SendingProgress({ job }) {
  const w = words.value;
  const stage = job.stage.value;
  if (stage === "sending") void state.ticking.value;
  const isWaiting = stage === "sending" && job.waiting.value > 0;
  const speed = stage === "sending" && !isWaiting ? pace(job.recent.value, job.total - job.done.value) : null;
  return html`<section class="card sending">
    <div class="progress">
      <progress id="sending" max=${Math.max(job.total, 1)} value=${job.done.value}></progress>
      <label for="sending">${w.progress(job.done.value, job.total)}</label>
    </div>
    <p class="muted" role="status">
      ${isWaiting ? w.stages.waiting : w.stages[stage]}${job.known.value > 0 && ` · ${w.knownBefore(job.known.value)}`}
      ${speed && html` · <span class="rate">${w.speed(speed.rate, speed.seconds)}</span>`}
    </p>
    <${Fault} fault=${job.fault} />
    ${stage === "sending" && html`<button type="button" class="second" onClick=${() => job.pause()}>${w.pause}</button>`}
    ${stage === "paused" && html`<button type="button" class="second" onClick=${() => job.resume()}>${w.resume}</button>`}
  </section>`;
}
