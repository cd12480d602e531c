// One incident as its reader may know it: nothing before the decision that could sway a verdict.
import { html } from "../../shared/html.js";
import { clock, minute } from "../../shared/times.js";
import { words as pageWords } from "../../shared/words.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { category, moment } from "../formats.js";
import { Back } from "../parts/back.js";
import { Facts } from "../parts/facts.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { MakeReport } from "./make-report.js";
import { Measures } from "./measures.js";
import { OutcomeChip } from "./outcome.js";
/** @import { Verdict } from "../../types/openapi" */

/** @param {{ id: string }} props */
export function Incident({ id }) {
  const w = words.value.incidents;
  const p = pageWords.value;
  const { found, fault } = useReading(() => ask("GET /incidents/{incident}", { path: { incident: id } }), id);
  const trail = useReading(() => ask("GET /incidents/{incident}/trail", { path: { incident: id } }), id);
  const incident = found.value;
  /** @type {Record<Verdict, string>} */
  const verdicts = { same: p.same, not_same: p.notSame, cannot_tell: p.cannotTell };
  if (incident === null) {
    return html`<section class="page narrow"><${Back} to=${["incidents"]} text=${w.section} /><${Loading} fault=${fault} /></section>`;
  }
  const { disclosed, report, responder, site } = incident;
  return html`<section class="page narrow">
    <${Back} to=${["incidents"]} text=${w.section} />
    <header class="head"><h1>${state.nameOf(incident)} <small>${moment(incident.raised_at)}</small></h1><${OutcomeChip} of=${incident} /></header>
    ${incident.outcome === null && html`<p class="notice">${w.undecided} <a href=${`#/alerts/${incident.id}`}>${p.compare}</a></p>`}
    <section class="card">
      <h2>${w.facts}</h2>
      <${Facts} rows=${[
        [words.value.category, incident.category === null ? w.noGround : category(incident.category)],
        [p.label, disclosed?.label],
        [w.site, site],
        [w.raised, moment(incident.raised_at)],
        [w.seenUntil, moment(incident.last_seen_at)],
        [p.whatToDo, incident.instruction],
        [w.onTheWay, responder && `${responder.account} · ${clock(responder.at)}`],
        [p.arrived, incident.arrived_at && clock(incident.arrived_at)],
        [p.visit, report?.result && [p.results[report.result], report.note, report.account].filter(Boolean).join(" · ")],
        [p.verdicts, disclosed && (disclosed.by.length > 0
          ? disclosed.by.map((given) => `${given.account}: ${given.verdict === null ? p.isSetAside : verdicts[given.verdict]}`).join("\n")
          : disclosed.verdicts.map((verdict) => verdicts[verdict]).join(" · "))],
        [w.correctedAt, incident.corrected_at && moment(incident.corrected_at)],
      ]} />
      <p class="hint">${p.care}</p>
    </section>
    <section class="card">
      <h2>${p.where}</h2>
      ${trail.found.value === null
        ? html`<${Loading} fault=${trail.fault} />`
        : html`<ol class="changes">${trail.found.value.stops.map(
            (stop) => html`<li><time>${minute(stop.since)}–${minute(stop.until)}</time><span>${state.nameOf({ site, camera: stop.camera })}</span></li>`,
          )}</ol>`}
    </section>
    <div class="buttons">
      ${incident.outcome !== null && html`<a class="second" href=${`#/alerts/${incident.id}`}>${w.asAlert}</a>`}
      ${state.may("show_delivery") && html`<a class="second" href=${address("delivery", "alert", incident.id)}>${w.deliveries}</a>`}
    </div>
    <${MakeReport} incident=${incident} />
    <${Measures} incident=${incident} />
  </section>`;
}
