// Step 2: a folder, a zip or several files of this machine, chosen or dropped here.
import { useSignal } from "@preact/signals";
import { onCheck } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { forgetPicks, keepHandles } from "../../shared/picks.js";
import { go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { Field } from "../parts/field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { arranged } from "./arranged.js";
import { canPick, dropped, pick, walked } from "./handles.js";
import { PICTURES } from "./pictures.js";
import { Picked } from "./picked.js";
import { begin } from "./sending.js";
import { ofField } from "./source-file.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { CheckEvent } from "../../types/page" */
/** @import { Arranged } from "./arranged.js" */
/** @import { Handle } from "./handles.js" */
/** @import { Found } from "./source-file.js" */

/** @typedef {{ found: Found[], handles: Handle[] | null, encoding: string, now: Arranged }} Choice */

/** @param {{ batch: BatchView }} props */
export function FilesStep({ batch }) {
  const w = words.value;
  const choice = useSignal(/** @type {Choice | null} */ (null));
  const isOver = useSignal(false);
  const nameless = useSignal(false);
  const action = useAction();
  if (batch.state !== "open" || !state.keeps.value) return html`<p class="nobody">${w.noMoreFiles}</p>`;

  /**
   * @param {Found[]} found
   * @param {Handle[] | null} handles
   * @param {string} encoding
   */
  const take = async (found, handles, encoding = "") => {
    choice.value = { found, handles, encoding, now: await arranged(found, encoding) };
  };
  /** @param {CheckEvent} event */
  const picked = ({ currentTarget: field }) => action.run(() => take(ofField(field.files ?? []), null));
  /**
   * Where the browser lets the page come back to what is picked, it is picked that way.
   * @param {"folder" | "files"} what
   */
  const picking = (what) => (/** @type {Event} */ event) => {
    if (!canPick()) return;
    event.preventDefault();
    action.run(async () => {
      const handles = await pick(what);
      if (handles !== null) await take(await walked(handles), handles);
    });
  };
  /** @param {DragEvent} event */
  const over = (event) => {
    event.preventDefault();
    isOver.value = true;
  };
  /** @param {DragEvent} event */
  const drop = (event) => {
    event.preventDefault();
    isOver.value = false;
    const given = event.dataTransfer;
    if (given === null) return;
    action.run(async () => {
      const { found, handles } = await dropped(given);
      await take(found, handles);
    });
  };

  const chosen = choice.value;
  const planned = chosen !== null && "planned" in chosen.now ? chosen.now : null;
  // A photo of whom no line speaks makes nobody unasked.
  const isNameless = planned !== null && planned.planned.people === null && !batch.has_table && planned.planned.persons.length > 0;
  const isReady =
    planned !== null && planned.encodings.length === 0 && planned.planned.question === null &&
    (planned.planned.photos.length > 0 || planned.planned.people !== null) && (!isNameless || nameless.value);
  const send = () =>
    action.run(async () => {
      if (chosen === null || planned === null) return;
      if (chosen.handles === null) await forgetPicks(batch.id);
      else await keepHandles(batch.id, { account: state.account.value, handles: chosen.handles, encoding: chosen.encoding });
      begin(batch.id, planned.planned);
      go("imports", batch.id, "check");
    });
  return html`<div class=${isOver.value ? "card drop over" : "card drop"} onDragOver=${over} onDragLeave=${() => (isOver.value = false)} onDrop=${drop}>
    <p>${w.namingText}</p>
    <p><a class="second link" href="/api/v1/watchlist/people.csv" download="people.csv"><${Icon} name="down" />${w.template}</a></p>
    <div class="pair-of-fields">
      <${Field} id="folder" label=${w.folder} hint=${w.folderHint}>
        <input id="folder" type="file" webkitdirectory multiple onClick=${picking("folder")} onChange=${picked} aria-describedby="folder-hint" />
      <//>
      <${Field} id="files" label=${w.severalFiles} hint=${w.formats}>
        <input id="files" type="file" multiple accept=${`${PICTURES},.csv,text/csv,.zip,application/zip`} onClick=${picking("files")} onChange=${picked} aria-describedby="files-hint" />
      <//>
    </div>
    <p class="hint">${w.orDrop} ${canPick() ? w.comesBack : w.doesNotComeBack}</p>
    ${chosen && html`<${Picked} now=${chosen.now} choose=${(/** @type {string} */ encoding) => action.run(() => take(chosen.found, chosen.handles, encoding))} />`}
    ${isNameless && html`<label class="check"><input type="checkbox" checked=${nameless.value} onChange=${onCheck((on) => (nameless.value = on))} />
      ${w.withoutTable(planned?.planned.persons.length ?? 0, planned?.planned.persons.slice(0, 3).join(", ") ?? "")}</label>`}
    <button type="button" class="go" disabled=${!isReady || action.busy.value} onClick=${send}>
      ${w.checkFiles}
    </button>
  </div>`;
}
