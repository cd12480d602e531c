// Two recognisers side by side: how far the list is, which of them decides where, and what both counted.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Facts } from "../parts/facts.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { name } from "./model-name.js";
import { Scores } from "./scores.js";
import { WaitingSwitch } from "./waiting-switch.js";
/** @import { ModelsView, ModelProgress, SwitchView } from "../../types/openapi" */

export function Roll() {
  const { found } = useReading(() => desk("GET /watchlist/models"));
  const view = found.value;
  // Where there was ever one recogniser alone there is nothing to say.
  if (view === null || view.roll === null) return null;
  /** @param {ModelsView} now */
  const changed = (now) => {
    found.value = now;
  };
  const w = words.value.roll;
  const open = view.roll.ended_at === null;
  return html`<section class="card">
    <h2>${w.title}</h2>
    <p class="hint">${open ? w.text : w.over}</p>
    ${open &&
    html`<${Facts} rows=${[
      [w.former, name(view.roll.from_sha256)],
      [w.next, `${view.roll.to_name} · ${name(view.roll.to_sha256)}`],
      ...view.roll.progress.map(progress),
    ]} />`}
    <${Facts} rows=${view.sites.map(decides)} />
    ${view.waits && html`<${WaitingSwitch} waits=${view.waits} changed=${changed} />`}
    ${view.counted.map((site) => html`<${Scores} key=${site.site} site=${site} />`)}
  </section>`;
}

/** @param {ModelProgress} each */
function progress(each) {
  const w = words.value.roll;
  return [name(each.model_sha256), w.progress(each.made, each.photos, each.left_out, each.entries_without)];
}

/** @param {SwitchView} row */
function decides(row) {
  const w = words.value.roll;
  const cosines = row.threshold === null || row.strong === null ? w.asThreshold : w.cosines(row.threshold, row.strong);
  return [row.site || w.everyOther, `${name(row.model_sha256)} · ${cosines}`];
}
