// One thing that was done: when, by whom, to what and why; the rest on a click.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { moment, reason } from "../formats.js";
import { PROGRAM, detailsOf, leadsTo, named } from "./reading.js";
import { words } from "./words.js";
/** @import { AuditEvent as Event } from "../../types/openapi" */

/** @param {{ event: Event }} props */
export function AuditEvent({ event }) {
  const w = words.value;
  const by = event.account === PROGRAM ? w.program : event.by;
  const thing = w.things[event.about_kind] ?? event.about_kind;
  const place = leadsTo(event);
  return html`<li>
    <p><b>${by}</b> · ${w.acts[event.action] ?? html`<code>${event.action}</code>`}</p>
    <p class="hint">${moment(event.at)} · ${w.number(event.number)}${event.about && html` · ${thing}${" "}
      ${place ? html`<a href=${place}>${named(event)}</a>` : html`<code>${named(event)}</code>`}`}</p>
    ${event.reason && html`<p>“${reason(event.reason)}”</p>`}
    <div class="history"><details><summary>${w.more}</summary>
      <dl class="facts">
        ${detailsOf(event).map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd><code>${value}</code></dd></div>`)}
        <div><dt>${w.through}</dt><dd><code>${event.through}</code></dd></div>
        <div><dt>${w.hash}</dt><dd class="digest"><code>${event.sha256}</code></dd></div>
      </dl>
      <p class="buttons">
        ${event.account !== PROGRAM && html`<a class="second" href=${address("audit", "by", encodeURIComponent(event.by))}>${w.onlyBy}</a>`}
        ${event.about && html`<a class="second" href=${address("audit", "of", encodeURIComponent(event.about))}>${w.onlyThis}</a>`}
      </p>
    </details></div>
  </li>`;
}
