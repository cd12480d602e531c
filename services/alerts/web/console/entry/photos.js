// Enrolled photos of an entry.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
import { photoKey, showsSeveral } from "./people.js";
import { EnrolledPhoto } from "./photo.js";
/** @import { EntryView, PhotoView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/**
 * `requests` grows when all faces are to be shown; `seen` hears of each that is.
 * @param {{ entry: EntryView, changed: Changed, requests: number, seen: (photo: PhotoView) => void }} props
 */
export function Photos({ entry, changed, requests, seen }) {
  const w = words.value;
  return html`<section class="card">
    <h2>${w.photos} <small>${entry.photo_list.length}</small></h2>
    ${entry.photo_list.length === 0 && html`<p class="muted">${w.noPhotos}</p>`}
    ${showsSeveral(entry) && entry.state !== "draft" && html`<p class="notice">${w.severalPeopleFixed}</p>`}
    ${entry.photo_list.length > 0 && html`<p class="hint">${w.looksRecorded}</p>`}
    <ul class="photo-list">
      ${entry.photo_list.map(
        (photo) => html`<${EnrolledPhoto} key=${photoKey(photo)} entry=${entry} photo=${photo} changed=${changed}
          requests=${requests} seen=${() => seen(photo)} />`,
      )}
    </ul>
  </section>`;
}
