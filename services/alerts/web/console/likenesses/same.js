// One person: the draft takes the other's place, with its photos if somebody takes them over.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { Changed } from "../../types/page" */

/** @param {{ entry: string, other: string, decided: Changed }} props */
export function Same({ entry, other, decided }) {
  const w = words.value;
  const action = useAction();
  const take = () =>
    action.run(async () =>
      decided(await desk("POST /watchlist/entries/{entry}/likenesses/{other}/photos", { path: { entry, other } })),
    );
  return html`<div class="same">
    <p class="hint">${w.sameHint}</p>
    <button type="button" class="second" disabled=${action.busy.value} onClick=${take}>${w.takePhotos}</button>
    <${Fault} fault=${action.fault} />
  </div>`;
}
