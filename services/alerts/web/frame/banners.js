// What must be read before anything else, above every view.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { go } from "../shared/place.js";
import { explain } from "../shared/refusals.js";
import { age, day } from "../shared/times.js";
import { words } from "../shared/words.js";
import { keepAwake, sleepy } from "../state/awake.js";
import * as state from "../state/state.js";
import { complaining } from "./complaint.js";
import { Silence } from "./silence.js";
import { Working } from "./working.js";
/** @import { ShortDisk, TroubledCamera } from "../types/openapi" */

/**
 * In the words of the chosen language.
 * @param {ShortDisk} disk
 */
function roomLeft({ full, free_bytes, hours_left }) {
  const w = words.value;
  if (full) return w.diskFull;
  const gigabytes = (free_bytes / 1e9).toFixed(1);
  return hours_left === null ? w.roomLeft(gigabytes) : w.roomLeftFor(gigabytes, Math.max(1, Math.round(hours_left)));
}

/**
 * Whether as many cameras have the same trouble that one sentence says it of all.
 * @param {TroubledCamera} camera
 */
const isOneOfMany = ({ site, code }) =>
  state.reasons.value.some(
    (reason) => reason.code === "cameras_trouble" && reason.site === site && reason.parameters.trouble === code,
  );

function openWaiting() {
  state.show(state.waiting.value[0].id);
  go();
}

/** @param {string} id */
function openCorrected(id) {
  state.show(id);
  go();
}

function whyLost() {
  const code = state.unserved.value;
  return code ? explain({ status: 503, code }).text : words.value.reconnecting(age(state.silentMs.value));
}

export function Banners() {
  const w = words.value;
  const waiting = state.waiting.value.length;
  // One of them may be on the screen already.
  const counted = waiting < state.news.value.length ? w.moreAlerts : w.newAlerts;
  const problem = state.problem.value;
  const complaint = complaining();
  return html`<div class="banners">
    ${state.lost.value &&
    html`<p class="banner lost" role="alert">
      <${Icon} name="alarm" /><b>${w.notReceiving}</b><span>${whyLost()}</span>
    </p>`}
    ${state.noticed.value && html`<${Silence} />`}
    ${sleepy.value && !state.noticed.value && !state.lost.value && state.shown.value === null &&
    html`<button class="banner sleepy" onClick=${keepAwake}>
      <${Icon} name="dark" /><b>${w.sleepy}<small>${w.sleepyText}</small></b>
    </button>`}
    ${state.shortDisks.value.map(
      (disk) => html`<p class="banner lost" role="alert">
        <${Icon} name="alarm" /><b>${w.diskShort(w.disks[disk.name] ?? disk.name, roomLeft(disk))}</b>
      </p>`,
    )}
    ${state.repairedStreams.value.map(
      ({ stream, at }) => html`<p class="banner told" role="status">
        <${Icon} name="alarm" /><b>${w.streamRepaired(stream, day(at))}</b>
      </p>`,
    )}
    ${state.troubledCameras.value.filter((each) => !isOneOfMany(each)).map(
      ({ site, camera, code }) => html`<p class="banner told" role="status">
        <${Icon} name="alarm" /><b>${w.cameraTrouble(camera, site)}</b><span>${w.troubles[code] ?? code}</span>
      </p>`,
    )}
    <${Working} />
    ${state.stopped.value.map((site) => {
      const by = state.sites.value.find((s) => s.site === site);
      return html`<p class="banner halted" role="status">
        <${Icon} name="stop" /><b>${w.stopped(site)}</b>
        ${by?.stored === false && html`<b>${w.notStored(by.reached?.length ?? 0)}</b>`}
        ${by?.account && html`<span>${by.account}: ${by.reason}</span>`}
      </p>`;
    })}
    ${problem && problem !== "offline" && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${problem}</p>`}
    ${complaint && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
    ${state.unsent.value.length > 0 &&
    html`<p class="banner unsent" role="status">
      <${Icon} name="alarm" /><b>${w.notSent(state.unsent.value.length)}</b><span>${w.notSentText}</span>
    </p>`}
    ${state.corrected.value.map(
      (incident) => html`<button class="banner corrected" onClick=${() => openCorrected(incident.id)}>
        <${Icon} name="alarm" /><b>${w.corrected(state.nameOf(incident))}<small>${w.correctedText}</small></b><span>${w.open}</span>
      </button>`,
    )}
    ${waiting > 0 &&
    html`<button class="banner fresh" onClick=${openWaiting}>
      <${Icon} name="bell" /><b>${counted(waiting)}</b><span>${w.open}</span>
    </button>`}
  </div>`;
}
