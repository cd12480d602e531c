// What the page knows, and what a person can do with it.
import { computed, signal } from "@preact/signals";
import { ask, follow, Refused } from "./client.js";
import { place } from "./place.js";

// A server that is alive says so every five seconds.
const SILENCE_MS = 12_000;
const VIBRATE_AFTER_MS = 15_000;
const HIDE_AFTER_MS = 120_000;

export const me = signal(undefined); // undefined: not known yet; null: signed out
export const incidents = signal([]);
export const selected = signal(null); // id of the open incident
export const fresh = signal(null); // id of a new one that did not open by itself
export const sites = signal([]);
export const problem = signal(null); // one sentence for the person
export const complaint = signal(null); // the same about what the person did last; only the person's next step clears it
export const ticking = signal(Date.now());
export const heardAt = signal(null); // when the server last said that all is well, by this machine's clock
export const checkedAt = signal(null); // the same by the server's clock
export const comparing = signal(false);
export const touchedAt = signal(Date.now());

const streaming = signal(false);
const stoppedSites = signal([]);
const since = signal(Date.now());
// Ids of the alerts that this page has told of; those of the first list were there before somebody looked.
const told = new Set();
let listed = false;
let ahead = 0; // this machine's clock minus the server's
let end = () => {};
let vibrated = false;

export const receiving = computed(
  () => streaming.value && heardAt.value !== null && ticking.value - heardAt.value < SILENCE_MS,
);
export const silentMs = computed(() => ticking.value - (heardAt.value ?? since.value));
export const stopped = computed(() => stoppedSites.value);
export const shown = computed(() => incidents.value.find((i) => i.id === selected.value) ?? null);
export const veiled = computed(() => ticking.value - touchedAt.value > HIDE_AFTER_MS);
// Who may see the list, and who may change it. The server decides; this only spares people what it would refuse.
export const reads = computed(() => ["supervisor", "administrator", "auditor"].includes(me.value?.role));
export const keeps = computed(() => ["supervisor", "administrator"].includes(me.value?.role));
export const serverNow = () => ticking.value - ahead;

export async function start() {
  setInterval(() => {
    ticking.value = Date.now();
    warn();
  }, 1000);
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
    me.value = { account: opened.account, role: opened.role, time_zone: opened.time_zone };
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
  listed = false;
}

function begin() {
  problem.value = null;
  since.value = Date.now();
  end();
  end = follow({
    opened: () => {
      streaming.value = true;
      attempt(() => insist(reload));
    },
    state: (said) => {
      ahead = Date.now() - Date.parse(said.checked_at);
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
      attempt(() => ask("GET", "/me"));
    },
  });
}

async function reload() {
  const [page, known] = await Promise.all([ask("GET", "/incidents?limit=50"), ask("GET", "/sites")]);
  incidents.value = page.incidents;
  sites.value = known.sites;
  const newest = page.incidents[0];
  if (!listed) for (const incident of page.incidents) told.add(incident.id);
  listed = true;
  if (selected.value === null && newest && newest.outcome === null) open(newest);
  // Raised while the stream was down; oldest first, so that the newest is the one to be opened.
  for (const incident of [...page.incidents].reverse()) if (incident.status === "new") alarm(incident);
}

// An alert opens by itself where alerts are shown; who keeps the list is told of it instead and loses nothing typed.
function open(incident) {
  if (place.value === null) show(incident.id);
  else fresh.value = incident.id;
}

async function readSites() {
  sites.value = (await ask("GET", "/sites")).sites;
}

async function happened(event) {
  const incident = await insist(() => ask("GET", `/incidents/${event.incident}`));
  put(incident);
  if (event.kind === "raised") alarm(incident);
}

function alarm(incident) {
  if (told.has(incident.id)) return;
  told.add(incident.id);
  if (selected.value === null) open(incident);
  else if (selected.value !== incident.id) fresh.value = incident.id;
  ring();
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
  const others = incidents.value.filter((i) => i.id !== incident.id);
  incidents.value = [incident, ...others].sort((a, b) => b.raised_at.localeCompare(a.raised_at));
}

export function show(id) {
  selected.value = id;
  comparing.value = false;
  complaint.value = null;
  if (fresh.value === id) fresh.value = null;
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

function ring() {
  navigator.vibrate?.([200, 100, 200]);
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const loudness = sound.createGain();
  loudness.gain.setValueAtTime(0.2, sound.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.5);
  tone.frequency.setValueAtTime(880, sound.currentTime);
  tone.frequency.setValueAtTime(1175, sound.currentTime + 0.15);
  tone.connect(loudness).connect(sound.destination);
  tone.onended = () => sound.close();
  tone.start();
  tone.stop(sound.currentTime + 0.5);
}
