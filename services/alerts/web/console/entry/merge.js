// Making one of two entries of one person: the other one is looked for among who is listed.
import { useSignal } from "@preact/signals";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { category } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { StateChip } from "../parts/state.js";
import { TextField } from "../parts/text-field.js";
import { WithReason } from "../parts/with-reason.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

const MOST = 8;

/** @param {{ entry: EntryView, done: () => void }} props */
export function Merge({ entry, done }) {
  const w = words.value;
  const text = useSignal("");
  const other = useSignal(/** @type {string | null} */ (null));
  const sought = text.value.trim();
  const { found, fault } = useReading(
    async () => (sought === "" ? null : desk("POST /watchlist/entries/search", { body: { text: sought, state: "living", limit: MOST } })),
    sought,
  );
  const others = found.value?.entries.filter((row) => row.id !== entry.id && !row.amends && !row.origin) ?? [];
  /** @param {string} reason */
  const work = async (reason) => {
    if (other.value === null) return;
    const body = { other: other.value, reason };
    const draft = await desk("POST /watchlist/entries/{entry}/merge", { path: { entry: entry.id }, body });
    go("watchlist", draft.id);
  };
  return html`<${WithReason} name="merge" title=${w.actTitle("merge", entry.label)} text=${w.actTexts.merge}
    button=${w.acts.merge} ready=${other.value !== null} work=${work} done=${done}>
    <${TextField} id="merge-search" type="search" label=${w.mergeWith} hint=${w.searchHint} value=${text.value} autocomplete="off"
      maxlength="100" onInput=${onText((typed) => (text.value = typed))} />
    <${Fault} fault=${fault} />
    ${found.value !== null && others.length === 0 && html`<p class="muted">${w.nobodyFound}</p>`}
    ${others.length > 0 &&
    html`<fieldset class="others"><legend class="unseen">${w.mergeWith}</legend>
      ${others.map(
        (row) => html`<label class="check" key=${row.id}><input type="radio" name="merge-other" checked=${other.value === row.id}
          onChange=${() => (other.value = row.id)} /><span><b>${row.label || w.noLabel}</b><small>${category(row.category)} · ${row.author}</small></span><${StateChip} of=${row.state} /></label>`,
      )}
    </fieldset>`}
  <//>`;
}
