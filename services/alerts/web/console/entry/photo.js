// An enrolled photo: the face on a click, its measures, and warnings to accept or a suspension to lift.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { EnrolledFace } from "../faces/face.js";
import { measured, remedy, title } from "../findings.js";
import { date, moment, reason } from "../formats.js";
import { WithReason } from "../parts/with-reason.js";
import { words } from "../words.js";
import { MeasureList } from "./measures.js";
import { showsSeveral } from "./people.js";
/** @import { EntryView, PhotoView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/**
 * @param {{
 *   entry: EntryView, photo: PhotoView, changed: Changed, requests: number, seen: () => void,
 * }} props
 */
export function EnrolledPhoto({ entry, photo, changed, requests, seen }) {
  const w = words.value;
  const asking = useSignal(/** @type {"accept" | "remove" | "release" | null} */ (null));
  const keeps = state.keeps.value;
  const open = photo.warnings.filter((code) => !photo.accepted_findings.includes(code));
  const done = () => (asking.value = null);
  const path = { entry: entry.id, position: photo.position };
  /** @param {string} reason */
  const accept = async (reason) => {
    const body = { codes: open, reason };
    changed(await desk("POST /watchlist/entries/{entry}/photos/{position}/warnings", { path, body }));
  };
  /** @param {string} reason */
  const remove = async (reason) =>
    changed(await desk("POST /watchlist/entries/{entry}/photos/{position}/removal", { path, body: { reason } }));
  /** @param {string} reason */
  const release = async (reason) =>
    changed(await desk("POST /watchlist/entries/{entry}/photos/{position}/release", { path, body: { reason } }));
  return html`<li class="enrolled">
    <${EnrolledFace} entry=${entry.id} position=${photo.position} alt=${w.photo(photo.position + 1)}
      requests=${requests} seen=${seen} />
    <div class="about">
      <p><b>${photo.name}</b>${showsSeveral(entry) && typeof photo.person === "number" && html` <span class="chip">${w.personShown(photo.person + 1)}</span>`}<small>${photo.source} · ${photo.taken_on ? w.taken(date(photo.taken_on)) : w.undated}</small></p>
      <${MeasureList} of=${photo.measures} />
      ${photo.warnings.map(
        (code) => html`<div class="finding" key=${code}>
          <p><b>${title(code)}</b> <span class="value">${measured(code, photo.measures)}</span></p>
          <p class="hint">${photo.accepted_findings.includes(code) ? w.accepted(photo.accepted_reason) : remedy(code)}</p>
        </div>`,
      )}
      ${photo.suspended_at &&
      html`<p class="notice">${w.photoSuspended(moment(photo.suspended_at), reason(photo.suspended_reason))}</p>`}
      ${keeps && entry.state === "draft" && open.length > 0 &&
      html`<button type="button" class="second" onClick=${() => (asking.value = "accept")}>${w.acceptWarnings(open.length)}</button>`}
      ${keeps && entry.state === "draft" &&
      html`<button type="button" class="second" onClick=${() => (asking.value = "remove")}>${w.removePhoto}</button>`}
      ${state.may("release_photo") && photo.suspended_at &&
      html`<button type="button" class="second" onClick=${() => (asking.value = "release")}>${w.releasePhoto}</button>`}
    </div>
    ${asking.value === "accept" &&
    html`<${WithReason} name="accept" title=${w.acceptWarnings(open.length)} text=${open.map(title).join(" · ")}
      button=${w.accept} work=${accept} done=${done} />`}
    ${asking.value === "remove" &&
    html`<${WithReason} name="remove" title=${w.removePhoto} text=${w.removePhotoText} button=${w.removePhoto} danger=${true}
      work=${remove} done=${done} />`}
    ${asking.value === "release" &&
    html`<${WithReason} name="release" title=${w.releasePhoto} text=${w.releaseText} button=${w.releasePhoto}
      work=${release} done=${done} />`}
  </li>`;
}
