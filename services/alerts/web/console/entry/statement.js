// What is said of a person.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { category, date, moment, reason } from "../formats.js";
import { Countdown } from "../parts/countdown.js";
import { Facts } from "../parts/facts.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView }} props */
export function Statement({ entry }) {
  const w = words.value;
  /**
   * @param {string | null} name
   * @param {string | null} at
   */
  const nameAndTime = (name, at) => (name ? `${name}${at ? ` · ${moment(at)}` : ""}` : null);
  return html`<section class="card">
    <h2>${w.statement}</h2>
    <p class="order"><small>${w.instruction}</small>${entry.instruction}</p>
    <${Facts} rows=${[
      [w.category, category(entry.category)],
      [w.basis, entry.basis],
      [w.evidence, entry.evidence],
      [w.note, entry.note],
      [w.scope, w.where({ ...entry.scope, sites: entry.sites.length > 0 ? entry.sites : entry.scope.sites })],
      [w.lastDay, html`${date(entry.last_day)} · <${Countdown} to=${entry.expires_at} />`],
      [w.author, nameAndTime(entry.author, entry.created_at)],
      [w.putForwardBy, entry.put_forward_by],
      [w.approver, nameAndTime(entry.approver, entry.approved_at)],
      [w.lastReason, reason(entry.reason)],
      [w.import_, entry.batch && html`<a href=${address("imports", entry.batch)}>${w.openImport}</a>`],
    ]} />
  </section>`;
}
