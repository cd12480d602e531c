// Saying whether two are one person.
import { useSignal } from "@preact/signals";
import { bound } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { LikenessRequest } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/** @param {{ entry: string, other: string, decided: Changed }} props */
export function Decide({ entry, other, decided }) {
  const w = words.value;
  const reason = useSignal("");
  const action = useAction();
  const ready = reason.value.trim().length >= 3 && !action.busy.value;
  /** @param {LikenessRequest["decision"]} decision */
  const decide = (decision) =>
    action.run(async () => {
      const body = { decision, reason: reason.value.trim() };
      decided(await desk("POST /watchlist/entries/{entry}/likenesses/{other}", { path: { entry, other }, body }));
    });
  return html`<div class="decide" role="group" aria-label=${w.isItOne}>
    <${TextField} id=${`why-${entry}-${other}`} label=${w.isItOne} placeholder=${w.reason} ...${bound(reason)}
      maxlength="500" />
    <div class="choices even">
      <button type="button" class="second" disabled=${!ready} onClick=${() => decide("same_person")}>${w.decisions.same_person}</button>
      <button type="button" class="second" disabled=${!ready} onClick=${() => decide("different_people")}>${w.decisions.different_people}</button>
    </div>
    <${Fault} fault=${action.fault} />
    <p class="hint">${w.decisionHint}</p>
  </div>`;
}
