// Photos for a draft, judged one after the other; the verdict is there before the next one goes.
import { useSignal } from "@preact/signals";
import { Refused } from "../client.js";
import { today } from "../days.js";
import { Away, desk, entryPath } from "./desk.js";
import { Preview } from "./faces.js";
import { Findings } from "./findings.js";
import { rest } from "./live.js";
import { Fault, Field, html, Text, Verdict } from "./parts.js";
import { MOST_BYTES } from "./plan.js";
import { words } from "./words.js";

export const PICTURES = "image/jpeg,image/png,image/webp,image/heic,image/heif,image/avif,image/tiff,image/bmp,image/gif,image/jp2,.jpg,.jpeg,.png,.webp,.heic,.heif,.avif,.tif,.tiff,.bmp,.gif,.jp2";

const MOST_PHOTOS = 10;
const TRIES = 20;

export function AddPhotos({ entry, again }) {
  const w = words.value;
  const source = useSignal("");
  const taken = useSignal("");
  const judged = useSignal([]); // {file, answer} or {file, fault}, newest first
  const waiting = useSignal(0);

  const add = async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
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
      <${Text} id="photo-source" label=${w.photoSource} hint=${w.photoSourceHint} value=${source.value} maxlength="500" required
        onInput=${(text) => (source.value = text)} />
      <${Text} id="photo-taken" label=${w.photoTaken} type="date" max=${today()} value=${taken.value}
        onInput=${(day) => (taken.value = day)} />
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

function freePositions(entry) {
  const taken = new Set(entry.photo_list.map((photo) => photo.position));
  return Array.from({ length: MOST_PHOTOS }, (_, n) => n).filter((n) => !taken.has(n));
}

// Uses up a position of `free` when the photo is kept.
async function judge(id, free, file, { source, taken }) {
  const w = words.value;
  if (free.length === 0) return { file, fault: new Refused(422, { said: w.tooManyPhotos(MOST_PHOTOS) }) };
  if (file.size > MOST_BYTES) return { file, fault: new Refused(413, { said: w.tooManyBytes }) };
  const path = entryPath(id, "photos", free[0]);
  for (let left = TRIES; ; left -= 1) {
    try {
      const answer = await desk("PUT", path, { file, query: { name: file.name, source, taken } });
      if (answer.position !== null) free.shift();
      return { file, answer };
    } catch (error) {
      const busy = error instanceof Refused && error.status === 503;
      if (!busy && !(error instanceof Refused || error instanceof Away)) throw error;
      if (!busy || left <= 1) return { file, fault: error };
      await rest(error.restSeconds * 1000);
    }
  }
}

function Judged({ one }) {
  const w = words.value;
  const kept = one.answer?.position !== null;
  return html`<li class="enrolled judged">
    <${Preview} file=${one.file} alt=${one.file.name} />
    <div class="about">
      <p><b>${one.file.name}</b></p>
      ${one.answer && html`<p><${Verdict} of=${one.answer.verdict} /> <span>${kept ? w.kept : w.notKept}</span></p>`}
      ${one.answer && html`<${Findings} of=${one.answer.findings} />`}
      ${one.fault && html`<${Fault} fault=${{ value: one.fault }} />`}
    </div>
  </li>`;
}
