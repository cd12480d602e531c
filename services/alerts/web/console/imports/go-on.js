// After a reload: the folders that were picked before, where this browser lets the page come back to them.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { forgetPicks, keptHandles } from "../../shared/picks.js";
import { go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { arranged } from "./arranged.js";
import { mayRead, walked } from "./handles.js";
import { begin, jobOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { Handle } from "./handles.js" */
/** @import { Kept } from "../../shared/picks.js" */

/** @param {{ batch: BatchView }} props */
export function GoOn({ batch }) {
  const w = words.value;
  const kept = useSignal(/** @type {Kept | null} */ (null));
  const isGone = useSignal(false);
  const action = useAction();
  const id = batch.id;
  /** @param {Kept} from */
  const goOn = async ({ handles, encoding }) => {
    const planned = await plannedAgain(handles, encoding);
    if (planned === null) {
      isGone.value = true;
      kept.value = null;
      await forgetPicks(id);
      return;
    }
    begin(id, planned);
    go("imports", id, "check");
  };
  useEffect(() => {
    if (jobOf(id) !== null) return;
    keptHandles(id, state.account.value).then(async (from) => {
      if (from === null || jobOf(id) !== null) return;
      // Allowed already, as where the site may always read them: nothing is asked.
      if (await mayRead(from.handles, false)) await action.run(() => goOn(from));
      else kept.value = from;
    });
  }, [id]);
  const from = kept.value;
  if (jobOf(id) !== null) return null;
  if (isGone.value) return html`<p class="notice">${w.foldersGone}</p>`;
  if (from === null) return null;
  const click = () => action.run(async () => ((await mayRead(from.handles, true)) ? goOn(from) : undefined));
  return html`<div class="buttons">
      <button type="button" class="go" disabled=${action.busy.value} onClick=${click}>${w.goOnWith(from.handles.map(({ name }) => name).join(", "))}</button>
    </div>
    <${Fault} fault=${action.fault} />`;
}

/**
 * What is in them now; null where they are gone, or something has to be asked first.
 * @param {Handle[]} handles
 * @param {string} encoding
 */
async function plannedAgain(handles, encoding) {
  // A folder that was moved away is no fault of this page.
  const found = await walked(handles).catch((error) => {
    if (error instanceof DOMException) return null;
    throw error;
  });
  if (found === null) return null;
  const now = await arranged(found, encoding);
  return "broken" in now || now.encodings.length > 0 || now.planned.question !== null ? null : now.planned;
}
