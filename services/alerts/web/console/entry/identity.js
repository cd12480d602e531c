// The identity number: four digits, and the whole of it only behind a reason.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Field } from "../parts/field.js";
import { WithReason } from "../parts/with-reason.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

const SHOWN_MS = 30_000;

/** @param {{ entry: EntryView }} props */
export function Identity({ entry }) {
  const w = words.value;
  const asking = useSignal(false);
  const number = useSignal(/** @type {string | null} */ (null));
  const incident = useSignal("");
  useEffect(() => {
    if (number.value === null) return undefined;
    const over = setTimeout(() => (number.value = null), SHOWN_MS);
    return () => clearTimeout(over);
  }, [number.value]);
  if (entry.identity_last_four === null) return null;

  // A supervisor reads it for a confirmed alert of this very person.
  const needsIncident = state.me.value?.role === "supervisor";
  const confirmed = state.incidents.value.filter((i) => i.outcome === "confirmed" && i.disclosed?.label === entry.label);
  const chosen = incident.value || confirmed[0]?.id;
  /** @param {string} reason */
  const reveal = async (reason) => {
    const body = needsIncident && chosen ? { reason, incident: chosen } : { reason };
    const path = { entry: entry.id };
    number.value = (await desk("POST /watchlist/entries/{entry}/identity", { path, body })).number;
  };
  return html`<section class="card">
    <h2>${w.identityNumber}</h2>
    <p class="number">${number.value ?? `•••• ${entry.identity_last_four}`}</p>
    ${state.keeps.value &&
    (number.value === null
      ? html`<button type="button" class="second" onClick=${() => (asking.value = true)}>${w.reveal}</button>`
      : html`<button type="button" class="second" onClick=${() => (number.value = null)}>${w.hide}</button>`)}
    ${asking.value &&
    html`<${WithReason} name="reveal" title=${w.reveal} text=${w.revealText} button=${w.reveal} work=${reveal}
      done=${() => (asking.value = false)}>
      ${needsIncident &&
      (confirmed.length === 0
        ? html`<p class="notice">${w.noConfirmedAlert}</p>`
        : html`<${Field} id="reveal-incident" label=${w.forAlert}>
            <select id="reveal-incident" value=${chosen} onChange=${onText((choice) => (incident.value = choice))}>
              ${confirmed.map((i) => html`<option value=${i.id}>${moment(i.raised_at)} · ${i.camera}</option>`)}
            </select>
          <//>`)}
    <//>`}
  </section>`;
}
