// Who looks like this person.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { Pair } from "../likenesses/pair.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/** @param {{ entry: EntryView, changed: Changed }} props */
export function Likenesses({ entry, changed }) {
  const w = words.value;
  if (entry.likenesses.length === 0) return null;
  const decides = entry.state === "draft" && state.keeps.value;
  return html`<section class="card" id="likenesses">
    <h2>${w.likenesses}</h2>
    ${entry.likenesses.map(
      (likeness) => html`<${Pair} key=${likeness.other} entry=${entry.id} label=${entry.label} likeness=${likeness}
        decides=${decides} decided=${changed} />`,
    )}
  </section>`;
}
