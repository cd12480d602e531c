// What a change makes of the person it is about: the former words beside the new ones, photos that come and go.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { desk } from "../desk.js";
import { category, date } from "../formats.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { differences } from "./differences.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView, of: string }} props */
export function ChangeOf({ entry, of }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/entries/{entry}", { path: { entry: of } }), of, entry.revision);
  const before = found.value;
  if (before === null) return html`<${Loading} fault=${fault} />`;
  const made = differences(before, entry);
  /** @type {Record<string, string>} */
  const named = { label: w.label, category: w.category, basis: w.basis, evidence: w.evidence, instruction: w.instruction, note: w.note, last_day: w.lastDay };
  /** @param {EntryView} one @param {typeof made.words[number]} name */
  const said = (one, name) => (name === "category" ? category(one[name]) : name === "last_day" ? date(one[name]) : one[name] || w.nothingSaid);
  /** @param {EntryView} one */
  const where = (one) => w.where({ ...one.scope, sites: one.sites.length > 0 ? one.sites : one.scope.sites });
  const rows = made.words.map((name) => [named[name], said(before, name), said(entry, name)]);
  if (made.scope) rows.push([w.scope, where(before), where(entry)]);
  const nothing = rows.length + made.added.length + made.removed.length === 0;
  return html`<section class="card change-of">
    <h2>${w.change.title}</h2>
    <p>${entry.restores ? w.change.parts : w.change.text} <a href=${address("watchlist", of)}>${w.change.asItStands}</a></p>
    ${nothing && html`<p class="muted">${w.change.nothing}</p>`}
    <dl class="differences">
      ${rows.map(([name, old, now]) => html`<div key=${name}><dt>${name}</dt><dd><del>${old}</del><ins>${now}</ins></dd></div>`)}
      ${made.added.length > 0 &&
      html`<div><dt>${w.change.added}</dt><dd>${made.added.map((photo) => html`<ins key=${photo.position}>${w.photo(photo.position + 1)} · ${photo.name}</ins>`)}</dd></div>`}
      ${made.removed.length > 0 &&
      html`<div><dt>${w.change.removed}</dt><dd>${made.removed.map((photo) => html`<del key=${photo.position}>${photo.name}</del>`)}</dd></div>`}
    </dl>
  </section>`;
}
