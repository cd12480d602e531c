// Whether alerts would arrive: the event stream, and what the server last said of itself.
import { computed, signal } from "@preact/signals";
import { call, Refused } from "../shared/request.js";
import { alertOfAddress, go } from "../shared/place.js";
import { me, observes, setServerTime, ticking } from "../shared/session.js";
import { announce, forget, incidents, listed, open, readAll, silent, take } from "./alerts.js";
import { keepAwake, letSleep } from "./awake.js";
import { answerDrill } from "./drills.js";
import { follow } from "./events.js";
import { isReceiving, SILENCE_MS, statusOf } from "./health.js";
import { complaint, problem } from "./messages.js";
import { readPlaces } from "./places.js";
import { provenAt } from "./proof.js";
import { flush, giveUp } from "./unsent.js";
/** @import { MatchingState, ReasonView, RepairedStream, ShortDisk, StateEvent, TroubledCamera, Working } from "../types/openapi" */
/** @import { Timer } from "../types/page" */

const VIBRATE_AFTER_MS = 15_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

export const sites = signal(/** @type {MatchingState[]} */ ([]));
export const stopped = signal(/** @type {string[]} */ ([])); // names of sites
export const shortDisks = signal(/** @type {ShortDisk[]} */ ([])); // disks with little room left
export const repairedStreams = signal(/** @type {RepairedStream[]} */ ([])); // of the broker, within a day
export const troubledCameras = signal(/** @type {TroubledCamera[]} */ ([])); // each once for each reason
export const working = signal(/** @type {Working | null} */ (null)); // whether alerts work, as the server said last
export const reasons = signal(/** @type {ReasonView[]} */ ([])); // what keeps them from it, worst first
export const lastWellAt = signal(/** @type {number | null} */ (null)); // when the server last said that all is well, by this machine's clock
export const checkedAt = signal(/** @type {string | null} */ (null)); // the same by the server's clock

// Why this page is served no more, as a code of the refusals; null while it is.
export const unserved = signal(/** @type {string | null} */ (null));

export const streaming = signal(false);
const allWell = signal(false); // whether the server itself receives, as it said last
const since = signal(Date.now());
const wasReceiving = signal(false);
let openings = 0; // how often the stream began
let end = () => {};
let vibrated = false;
/** @type {Timer} */
let deadline;

export const receiving = computed(() =>
  isReceiving({
    streaming: streaming.value,
    listed: listed.value,
    allWell: allWell.value,
    lastWellAt: lastWellAt.value,
    now: ticking.value,
  }),
);
export const silentMs = computed(() => ticking.value - (lastWellAt.value ?? since.value));
// Not right at the start, when it has had no time to hear anything.
export const lost = computed(() => !receiving.value && (wasReceiving.value || silentMs.value > 3000));
export const status = computed(() =>
  statusOf({
    receiving: receiving.value,
    silent: silent.value,
    stopped: stopped.value,
    sites: sites.value,
    working: working.value,
  }),
);

export function noticeReceiving() {
  if (receiving.value) wasReceiving.value = true;
}

export function begin() {
  problem.value = null;
  since.value = Date.now();
  keepAwake();
  showLinked(alertOfAddress());
  end();
  end = follow({
    opened: () => {
      streaming.value = true;
      const opening = ++openings;
      const all = observes.value ? readAll : async () => (listed.value = true);
      attempt(() => insist(() => Promise.all([all(() => opening === openings), readSites()])));
      if (observes.value) attempt(readPlaces);
      attempt(flush);
    },
    state: onState,
    incident: (event) => attempt(() => insist(() => readOne(event.incident))),
    drill: answerDrill,
    proven: (event) => (provenAt.value = event.proven_at),
    down: () => {
      streaming.value = false;
      listed.value = false;
      openings += 1;
      attempt(() => call("GET /me"));
    },
  });
}

/**
 * Ends the session's view of the alerts.
 * @param {string | null} why
 */
export function leave(why) {
  end();
  openings += 1;
  streaming.value = false;
  me.value = null;
  forget();
  complaint.value = null;
  problem.value = giveUp() && why === "ended" ? "ended_unsent" : why;
  clearTimeout(deadline);
  wasReceiving.value = false;
  allWell.value = false;
  shortDisks.value = [];
  repairedStreams.value = [];
  troubledCameras.value = [];
  working.value = null;
  reasons.value = [];
  lastWellAt.value = null;
  provenAt.value = null;
  checkedAt.value = null;
  unserved.value = null;
  letSleep();
  if (why === "ended") navigator.vibrate?.(400);
}

// Called every few seconds: a person who looks elsewhere is told by touch.
export function warn() {
  if (me.value && !receiving.value && silentMs.value > VIBRATE_AFTER_MS && !vibrated) {
    vibrated = true;
    navigator.vibrate?.(400);
  }
}

/** @param {StateEvent} event */
function onState(event) {
  setServerTime(event.checked_at);
  allWell.value = event.receiving;
  // Silence shows in its time, however seldom the page looks at the clock otherwise.
  clearTimeout(deadline);
  deadline = setTimeout(() => (ticking.value = Date.now()), SILENCE_MS + 50);
  unserved.value = event.code ?? null;
  if (event.receiving) {
    lastWellAt.value = Date.now();
    checkedAt.value = event.checked_at;
    vibrated = false;
  }
  if (event.stopped_sites.join() !== stopped.value.join()) attempt(readSites);
  stopped.value = event.stopped_sites;
  shortDisks.value = event.short_disks ?? [];
  repairedStreams.value = event.repaired_streams ?? [];
  troubledCameras.value = event.cameras ?? [];
  working.value = event.working ?? null;
  reasons.value = event.reasons ?? [];
}

/**
 * Shows the alert that somebody followed a link to, and takes it out of the address.
 * @param {string | null} id
 */
export async function showLinked(id) {
  if (id === null || !me.value) return;
  if (location.hash.includes(id)) history.replaceState(null, "", location.pathname);
  if (!incidents.value.some((incident) => incident.id === id)) {
    await attempt(() => take(() => call("GET /incidents/{incident}", { path: { incident: id } })));
  }
  go();
  open(id);
}

/** @param {string} id */
async function readOne(id) {
  await take(() => call("GET /incidents/{incident}", { path: { incident: id } }));
  announce();
}

async function readSites() {
  sites.value = (await call("GET /sites")).sites;
}

/**
 * Reads what must not be missed: again while the server is away. When the stream ends, the next one begins with the list.
 * @param {() => Promise<unknown>} read
 */
async function insist(read) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await read();
    } catch (error) {
      if (isFinal(error) || !streaming.value) throw error;
      await new Promise((over) => setTimeout(over, pause));
    }
  }
}

/**
 * Whether asking again would be answered alike; who only asked too fast is answered later.
 * @param {unknown} error
 */
const isFinal = (error) => error instanceof Refused && error.status < 500 && error.status !== 429;

/**
 * Reads something, and says in one line why not; while the server is away the page says that anyway. A session that is
 * over leads back to the first screen.
 * @param {() => Promise<unknown>} read
 */
async function attempt(read) {
  try {
    await read();
    problem.value = null;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave("ended");
    else if (error instanceof Refused && error.status !== 503) problem.value = error.message;
  }
}
