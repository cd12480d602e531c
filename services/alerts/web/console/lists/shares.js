// Entries that are to be on a list, or for other hospitals of it: another account approves.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ShareView } from "../../types/openapi" */

/** @param {{ list: string, waiting: ShareView[], changed: () => Promise<void> }} props */
export function Shares({ list, waiting, changed }) {
  const w = words.value.lists;
  const action = useAction();
  if (waiting.length === 0) return null;
  /** @param {ShareView} share */
  const approve = (share) =>
    action.run(async () => {
      const body = { hospitals: share.scope ?? share.hospitals };
      await desk("POST /federation/lists/{list}/entries/{entry}/approval", { path: { list, entry: share.entry }, body });
      await changed();
    });
  return html`<h3>${w.waiting}</h3>
    <ul class="arranged">${waiting.map((share) => {
      const asked = share.scope === null ? share.asked_by : share.scope_asked_by;
      return html`<li key=${share.entry}>
        <p><a href=${address("watchlist", share.entry)}>${share.entry}</a><br />${w.forWhom(share.scope ?? share.hospitals)} · ${w.askedBy(asked ?? "")}</p>
        ${asked === state.account.value
          ? html`<p class="notice">${w.another}</p>`
          : state.may("approve_share") && html`<div class="buttons"><button type="button" class="go" disabled=${action.busy.value} onClick=${() => approve(share)}>${w.approveShare}</button></div>`}
      </li>`;
    })}</ul>
    <${Fault} fault=${action.fault} />`;
}
