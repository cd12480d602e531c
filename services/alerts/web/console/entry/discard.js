// Throwing a draft away.
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { Sure } from "../parts/sure.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */

/** @param {{ entry: EntryView, done: () => void }} props */
export function DiscardDraft({ entry, done }) {
  const w = words.value;
  const action = useAction();
  const discard = async () => {
    const gone = await action.run(() => desk("POST /watchlist/entries/{entry}/discard", { path: { entry: entry.id } }));
    if (gone !== undefined) go("watchlist", ...(entry.amends ? [entry.amends] : []));
  };
  return html`<${Sure} title=${w.actTitle("discard", entry.label)} text=${w.actTexts.discard} button=${w.acts.discard}
    danger=${true} action=${action} send=${discard} done=${done} />`;
}
