// Room on the disks, ends of certificates, and how old the last backup is.
import { html } from "../../shared/html.js";
import { serverNow } from "../../shared/session.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { withCode } from "../parts/with-code.js";
import { readable } from "./kept.js";
import { words } from "./words.js";
/** @import { BackupRunning, DiskRunning, RunningView } from "../../types/openapi" */
/** @import { Fact } from "../../types/page" */

const HOUR_MS = 3_600_000;

/** @param {{ view: RunningView }} props */
export function Stores({ view: { disks, certificates, backup } }) {
  const w = words.value;
  /** @type {Fact[]} */
  const rows = [
    ...disks.map((disk) => /** @type {Fact} */ ([w.disks[disk.name] ?? disk.name, roomOf(disk)])),
    ...certificates.map(({ file, ends_at }) => /** @type {Fact} */ ([w.certificate(file), ends_at ? w.ends(moment(ends_at)) : w.unreadable])),
    [w.backup, backup && ageOf(backup)],
  ];
  return html`<section class="card" aria-labelledby="stores">
    <h2 id="stores">${w.stores}</h2>
    <${Facts} rows=${rows} />
    ${disks.length === 0 && html`<p class="hint">${w.noDisk}</p>`}
    ${certificates.length === 0 && html`<p class="hint">${w.noCertificate}</p>`}
    ${backup === null && html`<p class="hint">${withCode(w.notLookedFor)}</p>`}
  </section>`;
}

/** @param {DiskRunning} disk */
function roomOf({ level, free_bytes, hours_left }) {
  const w = words.value;
  if (free_bytes === null) return w.levels[level];
  const left = hours_left === null ? "" : `, ${w.hoursLeft(Math.round(hours_left))}`;
  return `${w.levels[level]}: ${w.free(readable(free_bytes / 1e9))}${left}`;
}

/** @param {BackupRunning} backup */
function ageOf({ made_at, most_hours }) {
  const w = words.value;
  const age = made_at === null ? w.noBackup : `${w.hoursAgo(readable(Math.max(0, serverNow() - Date.parse(made_at)) / HOUR_MS))}, ${moment(made_at)}`;
  return `${age} (${w.mayBe(most_hours)})`;
}
