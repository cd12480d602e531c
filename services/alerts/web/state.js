// What the page knows, and what a person can do with it.
import { computed, effect, signal } from "@preact/signals";
import { keepAwake, letSleep } from "./awake.js";
import { ask, follow, Refused } from "./client.js";
import { byUrgency, firstOf, isInHand, isNew } from "./front.js";
import { place } from "./place.js";
import * as sound from "./sound.js";

// A server that is alive says so every five seconds.
const SILENCE_MS = 12_000;
const VIBRATE_AFTER_MS = 15_000;
const HIDE_AFTER_MS = 120_000;
// Alerts that were heard in this window: a page that is loaded again does not sound them again.
const HEARD = "wardwatch.heard";

export const me = signal(undefined); // undefined: not known yet; null: signed out
export const incidents = signal([]);
export const selected = signal(null); // id of the open incident
export const listed = signal(false); // whether the list is as the server has it
export const sites = signal([]);
export const problem = signal(null); // one sentence for the person
export const complaint = signal(null); // the same about what the person did last; only the person's next step clears it
export const ticking = signal(Date.now());
export const heardAt = signal(null); // when the server last said that all is well, by this machine's clock
export const checkedAt = signal(null); // the same by the server's clock
export const comparing = signal(false);
export const touchedAt = signal(Date.now());

const streaming = signal(false);
const allWell = signal(false); // what the server said last of its own ears
const stoppedSites = signal([]);
const since = signal(Date.now());
const wasReceiving = signal(false);
// Ids of the new alerts that were looked at to decide which one comes to the front.
const told = new Set();
const shaken = new Set(); // ids of those that made the phone vibrate while it could not ring
let begun = false; // whether the first list was read
let changed = new Map(); // incidents that came while the list was being read
let ahead = 0; // this machine's clock minus the server's
let end = () => {};
let vibrated = false;

export const receiving = computed(
  () => streaming.value && listed.value && allWell.value && ticking.value - heardAt.value < SILENCE_MS,
);
// Not right at the start, when it has had no time to hear anything.
export const lost = computed(() => !receiving.value && (wasReceiving.value || silentMs.value > 3000));
export const silentMs = computed(() => ticking.value - (heardAt.value ?? since.value));
export const stopped = computed(() => stoppedSites.value);
// What this page is good for, in one word: it never says "well" while an alert would not be seen and heard.
export const status = computed(() => {
  if (!receiving.value) return "away";
  if (silent.value) return "silent";
  if (stopped.value.length === 0) return "well";
  return sites.value.every((site) => stopped.value.includes(site.site)) ? "stopped" : "partly";
});
export const shown = computed(() => incidents.value.find((i) => i.id === selected.value) ?? null);
export const news = computed(() => incidents.value.filter(isNew).sort(byUrgency));
// New ones that are not on the screen while something else is.
export const waiting = computed(() => {
  if (keeping.value) return news.value;
  return shown.value === null ? [] : news.value.filter((i) => i.id !== selected.value);
});
export const veiled = computed(() => ticking.value - touchedAt.value > HIDE_AFTER_MS);
// What the account may do, by the server's own table. The server decides; this only spares people what it would refuse.
export const may = (operation) => me.value?.may.includes(operation) ?? false;
export const reads = computed(() => may("list_entries"));
export const keeps = computed(() => may("draft_entry"));
// Whether the console is in front, and not the alerts.
export const keeping = computed(() => place.value !== null && reads.value);
// Alerts sound for whoever can answer them.
export const silent = computed(() => may("respond") && !sound.canRing.value);
export const serverNow = () => ticking.value - ahead;

export async function start() {
  sound.start();
  setInterval(() => {
    ticking.value = Date.now();
    sound.tick();
    warn();
  }, 1000);
  // A page that comes back to the front says at once what holds now.
  document.addEventListener("visibilitychange", () => {
    ticking.value = Date.now();
    if (!document.hidden) sound.revive();
  });
  effect(soundNews);
  effect(() => receiving.value && (wasReceiving.value = true));
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, () => (touchedAt.value = Date.now()), { passive: true });
  }
  // A link with a code that is followed where the page is open already changes nothing but the address.
  addEventListener("hashchange", () => codeOfAddress() && location.reload());
  const code = codeOfAddress();
  if (code) {
    // The code is spent by this: it leaves the address before anything else can read it there.
    history.replaceState(null, "", location.pathname);
    await signIn(code);
    return;
  }
  await resume();
}

const codeOfAddress = () => new URLSearchParams(location.hash.slice(1)).get("code");

async function resume() {
  try {
    me.value = await ask("GET", "/me");
    begin();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      me.value = null;
      return;
    }
    problem.value = "offline";
    setTimeout(resume, 2000);
  }
}

export async function signIn(code) {
  problem.value = null;
  try {
    const opened = await ask("POST", "/session", { code });
    me.value = opened;
    begin();
  } catch (error) {
    me.value = null;
    problem.value = error instanceof Refused ? error.message : "offline";
  }
}

export async function signOut() {
  const ended = await act(async () => {
    await ask("DELETE", "/session");
    return true;
  });
  if (ended) leave(null);
}

export function leave(why) {
  end();
  streaming.value = false;
  me.value = null;
  incidents.value = [];
  selected.value = null;
  complaint.value = null;
  problem.value = why;
  told.clear();
  shaken.clear();
  sessionStorage.removeItem(HEARD);
  begun = false;
  listed.value = false;
  wasReceiving.value = false;
  allWell.value = false;
  heardAt.value = null;
  checkedAt.value = null;
  letSleep();
  if (why === "ended") navigator.vibrate?.(400);
}

function begin() {
  problem.value = null;
  since.value = Date.now();
  keepAwake();
  end();
  end = follow({
    opened: () => {
      streaming.value = true;
      attempt(() => insist(reload));
    },
    state: (said) => {
      ahead = Date.now() - Date.parse(said.checked_at);
      allWell.value = said.receiving;
      if (said.receiving) {
        heardAt.value = Date.now();
        checkedAt.value = said.checked_at;
        vibrated = false;
      }
      if (said.stopped_sites.join() !== stoppedSites.value.join()) attempt(readSites);
      stoppedSites.value = said.stopped_sites;
      ticking.value = Date.now();
    },
    incident: (event) => attempt(() => happened(event)),
    down: () => {
      streaming.value = false;
      listed.value = false;
      attempt(() => ask("GET", "/me"));
    },
  });
}

async function reload() {
  changed = new Map();
  const [latest, open, known] = await Promise.all([ask("GET", "/incidents?limit=50"), readOpen(), ask("GET", "/sites")]);
  const read = new Map([...open, ...latest.incidents].map((incident) => [incident.id, incident]));
  incidents.value = newestFirst([...new Map([...read, ...changed]).values()]);
  sites.value = known.sites;
  listed.value = true;
  if (begun) return tell();
  begun = true;
  const first = firstOf(incidents.value, me.value.account, serverNow());
  for (const incident of news.value) told.add(incident.id);
  if (selected.value === null && first !== null) show(first.id);
}

// All that are not decided, however many came after them.
async function readOpen() {
  const found = [];
  let next = "";
  do {
    const page = await ask("GET", `/incidents?open=true&limit=100${next}`);
    found.push(...page.incidents);
    next = page.next && `&cursor=${page.next}`;
  } while (next);
  return found;
}

// New alerts come to the front: the first of those that were not there before, unless somebody is in the middle of
// another one or keeps the list. Those that do not are counted above whatever is shown.
function tell() {
  const arrived = news.value.filter((incident) => !told.has(incident.id));
  for (const incident of arrived) told.add(incident.id);
  if (arrived.length === 0 || keeping.value) return;
  if (!isInHand(shown.value, me.value.account, serverNow())) show(arrived[0].id);
}

// Sounds once for whatever is new and was not heard yet, as soon as the page can ring.
function soundNews() {
  if (!may("respond")) return;
  const heard = new Set(JSON.parse(sessionStorage.getItem(HEARD) ?? "[]"));
  const due = news.value.filter((incident) => !heard.has(incident.id));
  if (due.length === 0) return;
  if (sound.canRing.value) {
    sound.ring();
    sessionStorage.setItem(HEARD, JSON.stringify(news.value.map((incident) => incident.id)));
    return;
  }
  if (due.some((incident) => !shaken.has(incident.id))) sound.ring();
  for (const incident of due) shaken.add(incident.id);
  sound.revive();
}

async function readSites() {
  sites.value = (await ask("GET", "/sites")).sites;
}

async function happened(event) {
  put(await insist(() => ask("GET", `/incidents/${event.incident}`)));
  tell();
}

// Reads what must not be missed: again while the server is away. When the stream ends, the next one begins with the list.
async function insist(read) {
  for (let pause = 500; ; pause = Math.min(2 * pause, 8000)) {
    try {
      return await read();
    } catch (error) {
      if ((error instanceof Refused && error.status < 500) || !streaming.value) throw error;
      await new Promise((over) => setTimeout(over, pause));
    }
  }
}

function put(incident) {
  changed.set(incident.id, incident);
  incidents.value = newestFirst([incident, ...incidents.value.filter((i) => i.id !== incident.id)]);
}

const newestFirst = (found) => found.sort((a, b) => b.raised_at.localeCompare(a.raised_at));

export function show(id) {
  selected.value = id;
  comparing.value = false;
  complaint.value = null;
}

export const respond = (id) => act(async () => put(await ask("POST", `/incidents/${id}/response`)));

export const judge = (id, verdict) =>
  act(async () => {
    put(await ask("POST", `/incidents/${id}/verdict`, { verdict }));
    comparing.value = false;
  });

export const details = (id) => act(() => ask("GET", `/incidents/${id}/details`));

// An image does not tell its page why it cannot be shown.
export async function isGone(url) {
  const reply = await fetch(url, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
  return reply?.status === 404;
}

export const setMatching = (site, isStopped, reason) =>
  act(async () => {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const state = await ask("POST", `/sites/${site}/matching`, { stopped: isStopped, reason }, headers);
    sites.value = sites.value.map((s) => (s.site === site ? state : s));
    stoppedSites.value = sites.value.filter((s) => s.stopped).map((s) => s.site);
    return true;
  });

// Does what a person asked for. Whatever prevents it is said: nobody may believe that it happened when it did not.
async function act(work) {
  complaint.value = null;
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave("ended");
    else complaint.value = error instanceof Refused && error.status < 500 ? error.message : "unconfirmed";
    return undefined;
  }
}

// Reads something, and says in one line why not; while the server is away the page says that anyway. A session that is
// over leads back to the first screen.
async function attempt(work) {
  try {
    const result = await work();
    problem.value = null;
    return result;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave("ended");
    else if (error instanceof Refused && error.status !== 503) problem.value = error.message;
    return undefined;
  }
}

function warn() {
  if (me.value && !receiving.value && silentMs.value > VIBRATE_AFTER_MS && !vibrated) {
    vibrated = true;
    navigator.vibrate?.(400);
  }
}
