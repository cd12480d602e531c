// What may be done with an entry: at once, or in a dialog.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { allowed } from "./allowed.js";
import { Amend } from "./amend.js";
import { ChangeState, isChange } from "./change-state.js";
import { DiscardDraft } from "./discard.js";
import { Erase } from "./erase.js";
import { Merge } from "./merge.js";
import { photoKey, showsSeveral } from "./people.js";
import { Renew } from "./renew.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { Changed, EntryAction } from "../../types/page" */

const FIRST = new Set(["submit", "approve", "approveRenewal", "resume"]);

/**
 * `looked` are the photos, by their keys, that were looked at here; `look` opens those that were not.
 * @param {{
 *   entry: EntryView, changed: Changed, again: () => Promise<void>, looked: ReadonlySet<string>, look: () => void,
 * }} props
 */
export function Actions({ entry, changed, again, looked, look }) {
  const w = words.value;
  const asking = useSignal(/** @type {EntryAction | null} */ (null)); // whose dialog is open
  const action = useAction();
  const offered = allowed(entry, state.account.value, state.may);
  const own = state.may("approve_entry") && entry.state === "pending" && !offered.includes("approve");
  const path = { entry: entry.id };
  const done = () => (asking.value = null);

  const submit = async () => {
    await action.run(async () => changed(await desk("POST /watchlist/entries/{entry}/submission", { path })));
    // Refused because others look alike: they are written down now and are decided on below.
    if (action.fault.value !== null) await again();
  };
  const approve = async () => {
    // What is shown here is what is approved: where it was changed meanwhile, that is shown, and nothing is approved.
    const body = { revision: entry.revision };
    await action.run(async () => changed(await desk("POST /watchlist/entries/{entry}/approval", { path, body })));
    if (action.fault.value !== null) await again();
  };
  /** @type {Partial<Record<EntryAction, () => Promise<void>>>} */
  const atOnce = { submit, approve, approveRenewal: approve, edit: async () => go("watchlist", entry.id, "edit") };
  /** @param {EntryAction} name */
  const start = (name) => (atOnce[name] ?? (() => (asking.value = name)))();

  const open = asking.value;
  // Nobody approves a face that they have not seen.
  const unseen = offered.includes("approve") && entry.photo_list.some((photo) => !looked.has(photoKey(photo)));
  const draft = entry.state === "draft";
  const alike = draft && entry.likenesses.some((each) => each.decision === null);
  const several = draft && showsSeveral(entry);
  return html`<div class="acts">
    ${own && html`<p class="notice">${w.ownEntry}</p>`}
    ${unseen &&
    html`<div class="look"><button type="button" class="go" onClick=${look}>${w.openFaces(entry.photo_list.length)}</button>
      <p class="hint" id="faces-first">${w.facesFirst}</p></div>`}
    ${offered.length > 0 &&
    html`<div class="buttons">
      ${offered.map(
        (name) => html`<button key=${name} type="button" disabled=${action.busy.value || (unseen && name === "approve")}
          aria-describedby=${unseen && name === "approve" ? "faces-first" : undefined}
          class=${FIRST.has(name) ? "go" : name === "erase" ? "second last" : "second"} onClick=${() => start(name)}
        >${w.acts[name]}</button>`,
      )}
    </div>`}
    ${several && html`<p class="notice" role="alert">${w.severalPeople}</p>`}
    ${alike && html`<p class="notice" role="alert">${w.resembles}</p>`}
    ${!several && !alike && html`<${Fault} fault=${action.fault} />`}
    ${isChange(open) &&
    html`<${ChangeState} entry=${entry} change=${open} changed=${changed} done=${done} />`}
    ${open === "amend" && html`<${Amend} entry=${entry} done=${done} />`}
    ${open === "merge" && html`<${Merge} entry=${entry} done=${done} />`}
    ${open === "renew" && html`<${Renew} entry=${entry} changed=${changed} done=${done} />`}
    ${open === "erase" && html`<${Erase} entry=${entry} done=${done} erased=${again} />`}
    ${open === "discard" && html`<${DiscardDraft} entry=${entry} done=${done} />`}
  </div>`;
}
