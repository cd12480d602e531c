// Asking for a later end, which another account approves.
import { useSignal } from "@preact/signals";
import { today, yearAfter } from "../../shared/days.js";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { TextField } from "../parts/text-field.js";
import { WithReason } from "../parts/with-reason.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/** @param {{ entry: EntryView, changed: Changed, done: () => void }} props */
export function Renew({ entry, changed, done }) {
  const w = words.value;
  const { found } = useReading(() => desk("GET /watchlist/categories"));
  const latest = found.value?.categories.find((each) => each.code === entry.category)?.latest_last_day;
  const usual = yearAfter(today());
  const chosen = useSignal(/** @type {string | null} */ (null));
  const until = chosen.value ?? (latest !== undefined && latest < usual ? latest : usual);
  /** @param {string} reason */
  const renew = async (reason) => {
    const body = { last_day: until, reason };
    changed(await desk("POST /watchlist/entries/{entry}/renewal", { path: { entry: entry.id }, body }));
  };
  return html`<${WithReason} name="renew" title=${w.actTitle("renew", entry.label)} text=${w.actTexts.renew}
    button=${w.acts.renew} work=${renew} done=${done}>
    <${TextField} id="renew-until" type="date" label=${w.lastDay} value=${until} min=${today()} max=${latest} required
      onInput=${onText((day) => (chosen.value = day))} />
  <//>`;
}
