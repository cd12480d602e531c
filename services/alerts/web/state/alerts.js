// The alerts that this page knows, which of them is in front, and that each new one is heard once.
import { computed, signal } from "@preact/signals";
import { call } from "../shared/request.js";
import { account, keeping, may, me, serverNow } from "../shared/session.js";
import * as sound from "./sound.js";
import { byUrgency, firstOf, isInHand, isNew } from "./urgency.js";
/** @import { IncidentPage, IncidentView } from "../types/openapi" */
/** @import { Timer } from "../types/page" */

// A finger that was on its way to a button of another alert has come down by then.
const SETTLES_MS = 500;

export const incidents = signal(/** @type {IncidentView[]} */ ([]));
export const listed = signal(false); // whether all that the server has is here
export const selected = signal(/** @type {string | null} */ (null)); // id of the open incident
export const comparing = signal(false);
export const settled = signal(true); // false just after an alert opened by itself
export const atShift = signal(false); // whether the check of this phone is in front

export const shown = computed(() => incidents.value.find((i) => i.id === selected.value) ?? null);
export const news = computed(() => incidents.value.filter(isNew).sort(byUrgency));

// New ones that are not on the screen while something else is.
export const waiting = computed(() => {
  if (keeping.value) return news.value;
  return shown.value === null ? [] : news.value.filter((i) => i.id !== selected.value);
});

// Alerts sound for whoever can answer them.
export const silent = computed(() => may("respond") && !sound.canRing.value);

// Whether the page says that it is silent, or that it was until a moment ago.
export const noticed = signal(false);

/** @type {Set<string>} */
const announced = new Set(); // ids of new alerts that had their turn to come to the front
/** @type {Timer} */
let settling;
let begun = false; // whether the first list was read
/** @type {string | null} */
let wasInHand = null;
// Answers overtake each other: what was asked for earlier never replaces what was asked for later.
let turns = 0;
/** @type {Map<string, number>} */
let turnOf = new Map();

/** @param {string | null} id */
export function open(id) {
  selected.value = id;
  // What was a control pair is told once, and is in no list.
  if (incidents.value.some((i) => i.control && i.id !== id)) {
    incidents.value = incidents.value.filter((i) => !i.control || i.id === id);
  }
  comparing.value = false;
  if (id !== null) atShift.value = false;
}

/**
 * Asks for one alert, as it is or as it is after something was done to it, and takes it over.
 * @param {() => Promise<IncidentView>} request
 */
export async function take(request) {
  const turn = ++turns;
  const session = me.value;
  const incident = await request();
  if (me.value !== session || turn < (turnOf.get(incident.id) ?? 0)) return;
  turnOf.set(incident.id, turn);
  incidents.value = newestFirst([incident, ...incidents.value.filter((i) => i.id !== incident.id)]);
}

/**
 * Reads the whole list; `isCurrent` says whether it is still the one that is waited for.
 * @param {() => boolean} isCurrent
 */
export async function readAll(isCurrent) {
  const turn = ++turns;
  const [latest, undecided] = await Promise.all([call("GET /incidents", { query: { limit: 50 } }), readOpen()]);
  if (!isCurrent()) return;
  const newer = incidents.value.filter((incident) => (turnOf.get(incident.id) ?? 0) > turn);
  const read = new Map([...undecided, ...latest.incidents, ...newer].map((incident) => [incident.id, incident]));
  for (const id of read.keys()) turnOf.set(id, Math.max(turn, turnOf.get(id) ?? 0));
  incidents.value = newestFirst([...read.values()]);
  listed.value = true;
  if (begun) announce();
  else begin();
}

// All that are not decided, however many came after them.
async function readOpen() {
  /** @type {IncidentView[]} */
  const found = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {IncidentPage} */
    const page = await call("GET /incidents", { query: { open: true, limit: 100, cursor } });
    found.push(...page.incidents);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

function begin() {
  begun = true;
  for (const incident of news.value) announced.add(incident.id);
  const first = firstOf(incidents.value, account.value, serverNow());
  if (selected.value === null && first !== null) open(first.id);
}

// New alerts come to the front, the gravest of those that were not there before, unless somebody is in the middle of
// another one or keeps the list. Those that do not are counted above whatever is shown, until that is done with.
export function announce() {
  const arrived = news.value.filter((incident) => !announced.has(incident.id));
  for (const incident of arrived) announced.add(incident.id);
  if (arrived.length > 0) bringForward(arrived[0].id);
}

// An effect: whoever has done with an alert is shown the next new one. What somebody chose to look at stays.
export function goOn() {
  const inHand = isInHand(shown.value, account.value, serverNow()) ? selected.value : null;
  const isDone = wasInHand !== null && inHand === null && selected.value === wasInHand;
  wasInHand = inHand;
  const next = news.value.find(({ id, my_verdict }) => id !== selected.value && my_verdict === null);
  if (isDone && next !== undefined) bringForward(next.id);
}

/** @param {string} id */
function bringForward(id) {
  if (keeping.value || isInHand(shown.value, account.value, serverNow())) return;
  open(id);
  settled.value = false;
  clearTimeout(settling);
  settling = setTimeout(() => (settled.value = true), SETTLES_MS);
}

export function noticeSilence() {
  if (silent.value) noticed.value = true;
  else if (!sound.turnedOn.value) noticed.value = false;
}

export function forget() {
  incidents.value = [];
  selected.value = null;
  listed.value = false;
  announced.clear();
  turnOf = new Map();
  begun = false;
  wasInHand = null;
  atShift.value = false;
}

/** @param {IncidentView[]} found */
const newestFirst = (found) => found.sort((a, b) => b.number - a.number);
