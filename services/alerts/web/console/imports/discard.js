// Throwing an open import away.
import { html } from "../../shared/html.js";
import { forgetPicks } from "../../shared/picks.js";
import { go } from "../../shared/place.js";
import { desk } from "../desk.js";
import { Sure } from "../parts/sure.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { jobOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {{ batch: BatchView, done: () => void }} props */
export function DiscardImport({ batch, done }) {
  const w = words.value;
  const action = useAction();
  const discard = async () => {
    jobOf(batch.id)?.stop();
    const gone = await action.run(() => desk("POST /watchlist/imports/{import}/discard", { path: { import: batch.id } }));
    if (gone === undefined) return;
    await forgetPicks(batch.id);
    go("imports");
  };
  return html`<${Sure} title=${w.discardImport} text=${w.discardText} button=${w.discardImport} danger=${true} action=${action}
    send=${discard} done=${done} />`;
}
