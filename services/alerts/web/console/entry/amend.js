// Beginning to change somebody who matches; until another account approves, everything stays as it is.
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { WithReason } from "../parts/with-reason.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView, done: () => void }} props */
export function Amend({ entry, done }) {
  const w = words.value;
  /** @param {string} reason */
  const work = async (reason) => {
    const draft = await desk("POST /watchlist/entries/{entry}/amendment", { path: { entry: entry.id }, body: { reason } });
    go("watchlist", draft.id);
  };
  return html`<${WithReason} name="amend" title=${w.actTitle("amend", entry.label)} text=${w.actTexts.amend}
    button=${w.acts.amend} work=${work} done=${done} />`;
}
