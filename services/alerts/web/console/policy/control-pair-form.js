// A control pair as it is put together: what it shows, where its faces are from, and the two pictures.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { ask, desk } from "../desk.js";
import { PICTURES } from "../imports/pictures.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ControlPairRequest } from "../../types/openapi" */
/** @import { CheckEvent, FieldEvent } from "../../types/page" */

const FACES = /** @type {const} */ (["watchlist", "camera"]);

/** @param {{ done: () => Promise<void> }} props */
export function ControlPairForm({ done }) {
  const w = words.value.control;
  const [same, source, grounds] = [useSignal("same"), useSignal("consent"), useSignal("")];
  const faces = {
    watchlist: useSignal(/** @type {File | null} */ (null)),
    camera: useSignal(/** @type {File | null} */ (null)),
  };
  const action = useAction();
  const add = async () => {
    const added = await action.run(async () => {
      const body = /** @type {ControlPairRequest} */ ({
        same: same.value === "same", source: source.value, grounds: grounds.value.trim(),
      });
      const pair = await ask("POST /control-pairs", { body });
      // A pair that lacks a picture is shown to nobody: it goes again where one is refused.
      try {
        for (const which of FACES) {
          const file = faces[which].value;
          if (file !== null) await desk("PUT /control-pairs/{pair}/pictures/{which}", { path: { pair: pair.id, which }, body: file });
        }
      } catch (error) {
        await ask("DELETE /control-pairs/{pair}", { path: { pair: pair.id } });
        throw error;
      }
      return true;
    });
    if (added) await done();
  };
  /** @param {{ value: File | null }} face */
  const chosen = (face) => (/** @type {CheckEvent} */ { currentTarget: field }) => {
    face.value = field.files?.[0] ?? null;
  };
  /** @param {{ value: string }} into */
  const choose = (into) => (/** @type {FieldEvent} */ { currentTarget: field }) => {
    into.value = field.value;
  };
  return html`<form class="form" onSubmit=${onSubmit(add)} aria-label=${w.add}>
    <${Field} id="control-same" label=${w.shows}>
      <select id="control-same" value=${same.value} onChange=${choose(same)}>
        <option value="same">${w.same}</option><option value="two">${w.two}</option>
      </select>
    <//>
    <${Field} id="control-source" label=${w.from}>
      <select id="control-source" value=${source.value} onChange=${choose(source)}>
        <option value="consent">${w.sources.consent}</option><option value="generated">${w.sources.generated}</option>
      </select>
    <//>
    <${TextField} id="control-grounds" label=${w.grounds} hint=${w.groundsHint} required minlength="3" maxlength="500" ...${bound(grounds)} />
    ${FACES.map(
      (which) => html`<${Field} key=${which} id=${`control-${which}`} label=${w.faces[which]}>
        <input id=${`control-${which}`} type="file" required accept=${PICTURES} onChange=${chosen(faces[which])} />
      <//>`,
    )}
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.add}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
