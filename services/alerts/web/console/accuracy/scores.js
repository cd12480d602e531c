// How near people who passed came to the list, by each of two recognisers.
import { html } from "../../shared/html.js";
import { date } from "../formats.js";
import { words } from "../words.js";
import { name } from "./model-name.js";
import { Figures } from "./table.js";
/** @import { SiteScores } from "../../types/openapi" */

// Of the cosines that the record has figures for.
const SHOWN = [0.4, 0.5, 0.6, 0.7];

/** @param {{ site: SiteScores }} props */
export function Scores({ site }) {
  const w = words.value.roll;
  if (site.since === null) return html`<p>${w.notCounted(site.site)}</p>`;
  const head = [words.value.accuracy.recogniser, w.walks, ...SHOWN.map((cosine) => `≥ ${cosine.toFixed(2)}`), w.asMany];
  const rows = site.models.map((model) => [
    `${name(model.model_sha256)}${model.decides ? ` · ${w.decides}` : ""}`,
    model.walks.toLocaleString(),
    ...SHOWN.map((cosine) => (model.above.find((each) => each.threshold === cosine)?.walks ?? 0).toLocaleString()),
    (model.raises ?? model.as_many)?.toFixed(3) ?? "–",
  ]);
  const label = w.scores(site.site, date(site.since));
  return html`<h3>${label}</h3><${Figures} label=${label} head=${head} rows=${rows} />`;
}
