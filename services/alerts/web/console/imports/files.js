// Step 2: a folder or several files of this machine.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { Field } from "../parts/field.js";
import { words } from "../words.js";
import { PICTURES } from "./pictures.js";
import { plan } from "./plan.js";
import { begin } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { CheckEvent } from "../../types/page" */
/** @import { Planned } from "./plan.js" */

/** @param {{ batch: BatchView }} props */
export function FilesStep({ batch }) {
  const w = words.value;
  const picked = useSignal(/** @type {Planned | null} */ (null));
  if (batch.state !== "open" || !state.keeps.value) return html`<p class="nobody">${w.noMoreFiles}</p>`;

  /** @param {CheckEvent} event */
  const pick = ({ currentTarget: field }) => (picked.value = plan(field.files ?? []));
  const judged = batch.ready + batch.warning + batch.rejected;
  const found = picked.value;
  const send = () => {
    if (found === null) return;
    begin(batch.id, found);
    go("imports", batch.id, "check");
  };
  return html`<div class="card">
    ${judged > 0 && html`<p class="notice">${w.pickAgain(judged)}</p>`}
    <p>${w.namingText}</p>
    <p><a class="second link" href="/api/v1/watchlist/people.csv" download="people.csv"><${Icon} name="down" />${w.template}</a></p>
    <div class="pair-of-fields">
      <${Field} id="folder" label=${w.folder} hint=${w.folderHint}>
        <input id="folder" type="file" webkitdirectory multiple onChange=${pick} aria-describedby="folder-hint" />
      <//>
      <${Field} id="files" label=${w.severalFiles} hint=${w.formats}>
        <input id="files" type="file" multiple accept=${`${PICTURES},.csv,text/csv`} onChange=${pick} aria-describedby="files-hint" />
      <//>
    </div>
    ${found &&
    html`<p role="status"><b>${w.picked(found.photos.length)}</b> ${found.people ? w.withPeople : w.withoutPeople}</p>`}
    ${found?.question && html`<p class="notice" role="alert">${w.aboutTable[found.question.kind](found.question.files.join(", "))}</p>`}
    ${found?.peopleAt && html`<p class="hint">${w.peopleAt(found.peopleAt)}</p>`}
    ${found?.around && html`<p class="hint">${w.aroundAll(found.around)}</p>`}
    ${found !== null && found.passed.length > 0 && html`<p class="hint">${w.passedOver(found.passed.join(", "))}</p>`}
    <button type="button" class="go" disabled=${!found || found.question || (found.photos.length === 0 && !found.people)} onClick=${send}>
      ${w.checkFiles}
    </button>
  </div>`;
}
