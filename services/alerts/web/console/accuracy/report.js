// The figures of a report: what is missed, and whom strangers are taken for.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { shown } from "./share.js";
import { Figures } from "./table.js";
/** @import { AccuracyReport, GroupFigures, Identification } from "../../types/openapi" */

/** @param {{ report: AccuracyReport }} props */
export function Report({ report }) {
  const w = words.value.accuracy;
  const searches = report.identification ?? [];
  const walks = searches.filter((each) => each.shipped !== null);
  const pictures = searches.find((each) => each.kind === "pictures");
  return html`<h3>${w.walks}</h3>
    <${Figures} label=${w.walks} head=${[w.views, w.photos, w.listed, w.missed, w.alerts]} rows=${walks.map(walk)} />
    ${pictures &&
    html`<h3>${w.pictures}</h3>
      <${Figures} label=${w.pictures} head=${[w.threshold, w.missed, w.taken]}
        rows=${pictures.thresholds.map((each) => [each.threshold.toFixed(2), shown(each.missed), shown(each.taken)])} />`}
    <h3>${w.groups}</h3>
    ${report.groups?.length
      ? html`<${Figures} label=${w.groups} head=${[w.group, w.people, w.missed, w.taken]} rows=${report.groups.map(group)} />`
      : html`<p>${w.noGroups}</p>`}
    <p class="hint">${w.interval}</p>`;
}

/** @param {Identification} each */
function walk(each) {
  const w = words.value.accuracy;
  if (!each.shipped) return [];
  const views = each.kind === "unlike" ? w.several : w.one;
  return [views, each.photos, each.listed.toLocaleString(), shown(each.shipped.missed), shown(each.shipped.taken)];
}

/** @param {GroupFigures} each */
function group(each) {
  const w = words.value.accuracy;
  return [each.group, each.people, each.missed ? shown(each.missed) : w.few, each.taken ? shown(each.taken) : w.few];
}
