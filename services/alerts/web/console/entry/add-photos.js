// Photos for a draft, judged one after the other; the verdict is there before the next one goes.
import { useSignal } from "@preact/signals";
import { today } from "../../shared/days.js";
import { bound } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { PICTURES } from "../imports/pictures.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { words } from "../words.js";
import { freePositions, judge } from "./judge.js";
import { Judged } from "./judged.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { CheckEvent, JudgedPhoto } from "../../types/page" */

/** @param {{ entry: EntryView, again: () => Promise<void> }} props */
export function AddPhotos({ entry, again }) {
  const w = words.value;
  const source = useSignal("");
  const taken = useSignal("");
  const judged = useSignal(/** @type {JudgedPhoto[]} */ ([])); // newest first
  const waiting = useSignal(0);

  /** @param {CheckEvent} event */
  const add = async ({ currentTarget: field }) => {
    const files = [...(field.files ?? [])];
    field.value = "";
    const free = freePositions(entry);
    waiting.value = files.length;
    for (const file of files) {
      judged.value = [await judge(entry.id, free, file, { source: source.value.trim(), taken: taken.value }), ...judged.value];
      waiting.value -= 1;
    }
    await again();
  };
  const ready = source.value.trim() !== "" && waiting.value === 0;
  return html`<section class="card">
    <h2>${w.addPhotos}</h2>
    <p class="hint">${w.goodPhoto}</p>
    <div class="pair-of-fields">
      <${TextField} id="photo-source" label=${w.photoSource} hint=${w.photoSourceHint} ...${bound(source)} maxlength="500" required />
      <${TextField} id="photo-taken" label=${w.photoTaken} type="date" max=${today()} ...${bound(taken)} />
    </div>
    <${Field} id="photo-files" label=${w.photoFiles} hint=${w.formats}>
      <input id="photo-files" type="file" multiple accept=${PICTURES} disabled=${!ready} onChange=${add}
        aria-describedby="photo-files-hint" />
    <//>
    ${waiting.value > 0 && html`<p class="doing" role="status">${w.judging(waiting.value)}</p>`}
    <ul class="photo-list" aria-live="polite">
      ${judged.value.map((one, n) => html`<${Judged} key=${judged.value.length - n} one=${one} />`)}
    </ul>
  </section>`;
}
