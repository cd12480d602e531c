// Suspending, resuming and revoking: what only takes a reason.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { WithReason } from "../parts/with-reason.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

const OPERATIONS = /** @type {const} */ ({
  suspend: "POST /watchlist/entries/{entry}/suspension",
  resume: "POST /watchlist/entries/{entry}/resumption",
  revoke: "POST /watchlist/entries/{entry}/revocation",
});

/** @param {{ entry: EntryView, change: keyof typeof OPERATIONS, changed: Changed, done: () => void }} props */
export function ChangeState({ entry, change, changed, done }) {
  const w = words.value;
  /** @param {string} reason */
  const work = async (reason) =>
    changed(await desk(OPERATIONS[change], { path: { entry: entry.id }, body: { reason } }));
  // There is no way back from a revocation.
  return html`<${WithReason} name=${change} title=${w.actTitle(change, entry.label)} text=${w.actTexts[change]}
    button=${w.acts[change]} danger=${change === "revoke"} done=${done} work=${work} />`;
}
