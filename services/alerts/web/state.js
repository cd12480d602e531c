// What the page knows, and what a person can do with it.
import { computed, effect, signal } from "@preact/signals";
import { comparing, forget, listed, noticeSilence, open, readAll, silent, soundNews, take, tell } from "./alerts.js";
import { keepAwake, letSleep } from "./awake.js";
import { ask, follow, Refused } from "./client.js";
import { me, setServerTime, ticking } from "./session.js";
import * as sound from "./sound.js";

export * from "./alerts.js";
export * from "./session.js";

// A server that is alive says so every five seconds.
const SILENCE_MS = 12_000;
const VIBRATE_AFTER_MS = 15_000;
const HIDE_AFTER_MS = 120_000;

export const sites = signal([]);
export const problem = signal(null); // one sentence for the person
export const complaint = signal(null); // the same about what the person did last; only the person's next step clears it
export const heardAt = signal(null); // when the server last said that all is well, by this machine's clock
export const checkedAt = signal(null); // the same by the server's clock
export const touchedAt = signal(Date.now());

const streaming = signal(false);
const allWell = signal(false); // what the server said last of its own ears
const stoppedSites = signal([]);
const since = signal(Date.now());
const wasReceiving = signal(false);
let openings = 0; // how often the stream began
let end = () => {};
let vibrated = false;

// How long ago a moment of this machine's clock was. One that is still to come is of before the clock was put back, and
// nobody knows how long ago that was.
const passed = (moment) => (moment > ticking.value + 2000 ? Infinity : ticking.value - moment);
export const receiving = computed(
  () => streaming.value && listed.value && allWell.value && passed(heardAt.value) < SILENCE_MS,
);
export const silentMs = computed(() => ticking.value - (heardAt.value ?? since.value));
// Not right at the start, when it has had no time to hear anything.
export const lost = computed(() => !receiving.value && (wasReceiving.value || silentMs.value > 3000));
export const stopped = computed(() => stoppedSites.value);
// What this page is good for, in one word: it never says "well" while an alert would not be seen and heard.
export const status = computed(() => {
  if (!receiving.value) return "away";
  if (silent.value) return "silent";
  if (stopped.value.length === 0) return "well";
  return sites.value.every((site) => stopped.value.includes(site.site)) ? "stopped" : "partly";
});
export const veiled = computed(() => passed(touchedAt.value) > HIDE_AFTER_MS);

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
  effect(noticeSilence);
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
    me.value = { account: opened.account, role: opened.role, may: opened.may, time_zone: opened.time_zone };
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
  openings += 1;
  streaming.value = false;
  me.value = null;
  forget();
  complaint.value = null;
  problem.value = why;
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
      const opening = ++openings;
      attempt(() => insist(() => Promise.all([readAll(() => opening === openings), readSites()])));
    },
    state: (said) => {
      setServerTime(said.checked_at);
      allWell.value = said.receiving;
      if (said.receiving) {
        heardAt.value = Date.now();
        checkedAt.value = said.checked_at;
        vibrated = false;
      }
      if (said.stopped_sites.join() !== stoppedSites.value.join()) attempt(readSites);
      stoppedSites.value = said.stopped_sites;
    },
    incident: (event) => attempt(() => insist(() => happened(event.incident))),
    down: () => {
      streaming.value = false;
      listed.value = false;
      openings += 1;
      attempt(() => ask("GET", "/me"));
    },
  });
}

async function happened(id) {
  await take(() => ask("GET", `/incidents/${id}`));
  tell();
}

async function readSites() {
  sites.value = (await ask("GET", "/sites")).sites;
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

export function show(id) {
  open(id);
  complaint.value = null;
}

export const respond = (id) => act(() => take(() => ask("POST", `/incidents/${id}/response`)));

export const judge = (id, verdict) =>
  act(async () => {
    await take(() => ask("POST", `/incidents/${id}/verdict`, { verdict }));
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
