// What is shown only after the person's own verdict.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Correct } from "./correct.js";
import { SetAside } from "./set-aside.js";
/** @import { IncidentView, MeasurementView, Verdict } from "../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function Disclosure({ incident }) {
  const w = words.value;
  /** @type {Record<Verdict, string>} */
  const verdicts = { same: w.same, not_same: w.notSame, cannot_tell: w.cannotTell };
  const disclosed = incident.disclosed;
  const scores = useSignal(/** @type {MeasurementView[] | null} */ (null));
  return html`<section class="after">
    ${incident.my_verdict && html`<p><b>${w.mine(verdicts[incident.my_verdict])}</b></p>`}
    ${incident.outcome === null && !incident.disputed && html`<p class="muted">${w.waiting}</p>`}
    <${Correct} incident=${incident} named=${verdicts} />
    ${disclosed &&
    html`<dl>
      <dt>${w.label}</dt>
      <dd>${disclosed.label ?? "–"}</dd>
      ${disclosed.strength && html`<dt>${w.strength}</dt>
      <dd>${disclosed.strength === "strong" ? w.strong : w.possible} · ${w.frames(disclosed.sightings ?? 0)}</dd>
      <dt>${w.verdicts}</dt>
      <dd>${disclosed.verdicts.map((verdict) => verdicts[verdict]).join(" · ") || "–"}</dd>`}
    </dl>`}
    ${disclosed && disclosed.by.length > 0 && html`<ul class="given">
      ${disclosed.by.map((given) => html`<${SetAside} key=${given.account} incident=${incident} given=${given} named=${verdicts} />`)}
    </ul>`}
    ${disclosed?.strength && state.may("show_details") && !scores.value &&
    html`<button class="plain" onClick=${async () => (scores.value = (await state.details(incident.id))?.measurements ?? null)}>
      ${w.details}
    </button>`}
    ${scores.value &&
    html`<table>
      <thead><tr><th>${w.seen}</th><th>${w.cameraNow}</th><th>${w.walk}</th><th>${w.similarity}</th><th>${w.facePx}</th></tr></thead>
      <tbody>
        ${scores.value.map(
          (m) => html`<tr><td>${clock(m.seen_at)}</td><td>${m.camera}</td><td>${m.walk ?? "–"}</td><td>${m.similarity.toFixed(3)}</td><td>${Math.round(m.face_px)}</td></tr>`,
        )}
      </tbody>
    </table>`}
  </section>`;
}
