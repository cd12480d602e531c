// What only takes a reason or a comment.
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
  refuse: "POST /watchlist/entries/{entry}/revocation",
  sendBack: "POST /watchlist/entries/{entry}/return",
  takeBack: "POST /watchlist/entries/{entry}/return",
  dropRenewal: "POST /watchlist/entries/{entry}/return",
});
const FINAL = new Set(["revoke", "refuse"]); // from which there is no way back

/** @typedef {keyof typeof OPERATIONS} Change */

/**
 * @param {string | null} name
 * @returns {name is Change}
 */
export const isChange = (name) => name !== null && name in OPERATIONS;

/** @param {{ entry: EntryView, change: Change, changed: Changed, done: () => void }} props */
export function ChangeState({ entry, change, changed, done }) {
  const w = words.value;
  /** @param {string} reason */
  const work = async (reason) =>
    changed(await desk(OPERATIONS[change], { path: { entry: entry.id }, body: { reason } }));
  return html`<${WithReason} name=${change} title=${w.actTitle(change, entry.label)} text=${w.actTexts[change]}
    button=${w.acts[change]} danger=${FINAL.has(change)}
    label=${change === "sendBack" ? w.comment : undefined} done=${done} work=${work} />`;
}
