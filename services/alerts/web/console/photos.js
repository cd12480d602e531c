// Enrolled photos: the face on a click, its measures, and warnings to accept or a suspension to lift.
import { useSignal } from "@preact/signals";
import * as state from "../state.js";
import { desk, entryPath } from "./desk.js";
import { Face } from "./faces.js";
import { measured, remedy, title } from "./findings.js";
import { html, WithReason } from "./parts.js";
import { date, moment, reason as reasonOf, words } from "./words.js";

// Photos that resemble each other have one number; which of two people is the right one, no machine knows.
export const showsSeveral = (entry) => new Set(entry.photo_list.map((photo) => photo.person)).size > 1;

export function Photos({ entry, changed }) {
  const w = words.value;
  return html`<section class="card">
    <h2>${w.photos} <small>${entry.photo_list.length}</small></h2>
    ${entry.photo_list.length === 0 && html`<p class="muted">${w.noPhotos}</p>`}
    ${showsSeveral(entry) && entry.state !== "draft" && html`<p class="notice">${w.severalPeopleFixed}</p>`}
    ${entry.photo_list.length > 0 && html`<p class="hint">${w.looksRecorded}</p>`}
    <ul class="photo-list">
      ${entry.photo_list.map(
        (photo) => html`<${Photo} key=${photo.position} entry=${entry} photo=${photo} changed=${changed} />`,
      )}
    </ul>
  </section>`;
}

function Photo({ entry, photo, changed }) {
  const w = words.value;
  const asking = useSignal(null);
  const keeps = state.keeps.value;
  const open = photo.warnings.filter((code) => !photo.accepted_findings.includes(code));
  const done = () => (asking.value = null);
  const path = (step) => entryPath(entry.id, "photos", photo.position, step);
  const accept = async (reason) => changed(await desk("POST", path("warnings"), { said: { codes: open, reason } }));
  const remove = async (reason) => changed(await desk("POST", path("removal"), { said: { reason } }));
  const release = async (reason) => changed(await desk("POST", path("release"), { said: { reason } }));
  return html`<li class="enrolled">
    <${Face} entry=${entry.id} position=${photo.position} alt=${w.photo(photo.position + 1)} />
    <div class="about">
      <p><b>${photo.name}</b>${showsSeveral(entry) && photo.person !== null && html` <span class="chip">${w.personShown(photo.person + 1)}</span>`}<small>${photo.source} · ${photo.taken_on ? w.taken(date(photo.taken_on)) : w.undated}</small></p>
      <${Measures} of=${photo.measures} />
      ${photo.warnings.map(
        (code) => html`<div class="finding" key=${code}>
          <p><b>${title(code)}</b> <span class="value">${measured(code, photo.measures)}</span></p>
          <p class="hint">${photo.accepted_findings.includes(code) ? w.accepted(photo.accepted_reason) : remedy(code)}</p>
        </div>`,
      )}
      ${photo.suspended_at &&
      html`<p class="notice">${w.photoSuspended(moment(photo.suspended_at), reasonOf(photo.suspended_reason))}</p>`}
      ${keeps && entry.state === "draft" && open.length > 0 &&
      html`<button type="button" class="second" onClick=${() => (asking.value = "accept")}>${w.acceptWarnings(open.length)}</button>`}
      ${keeps && entry.state === "draft" &&
      html`<button type="button" class="second" onClick=${() => (asking.value = "remove")}>${w.removePhoto}</button>`}
      ${keeps && photo.suspended_at &&
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

export function Measures({ of }) {
  const w = words.value;
  const rows = [
    [w.measures.face, `${Math.round(of.face_px)} px`],
    [w.measures.eyes, `${Math.round(of.eye_distance_px)} px`],
    [w.measures.turned, `${Math.round(Math.abs(of.yaw_degrees))}°`],
    [w.measures.tilted, `${Math.round(Math.abs(of.roll_degrees))}°`],
    [w.measures.sharpness, Math.round(of.sharpness)],
    [w.measures.brightness, Math.round(of.exposure)],
  ];
  return html`<dl class="measures">
    ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
