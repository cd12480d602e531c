// What goes on by itself from the moment that the page is there.
import { effect } from "@preact/signals";
import { forgetAllPicks } from "../shared/picks.js";
import { alertOfAddress } from "../shared/place.js";
import { me, ticking } from "../shared/session.js";
import { goOn, incidents, noticed, noticeSilence } from "./alerts.js";
import { noticeReceiving, receiving, showLinked, warn } from "./connection.js";
import { tellHeard } from "./heard.js";
import { clearAnswered } from "./notices.js";
import { keepRinging } from "./ringing.js";
import { codeOfAddress, resume, signIn } from "./sign-in.js";
import * as sound from "./sound.js";
import { tellCorrections } from "./told.js";
import { isOpen } from "./urgency.js";
import { touchedAt } from "./veil.js";
import { keepWaiting } from "./waiting.js";
import { finishOidc, oidcAnswer, readWays } from "./ways.js";
import { startWorker } from "./worker.js";

// Seconds are counted while something shows them; a page on which nothing goes on looks at the clock every few seconds.
const BUSY_MS = 1000;
const IDLE_MS = 5000;

export async function start() {
  sound.start();
  tick(BUSY_MS);
  // A page that comes back to the front says at once what holds now.
  document.addEventListener("visibilitychange", () => {
    ticking.value = Date.now();
    if (!document.hidden) sound.revive();
  });
  for (const each of [keepRinging, noticeSilence, noticeReceiving, goOn, tellCorrections, clearAnswered, tellHeard, keepWaiting, forgetPicked]) effect(each);
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, () => (touchedAt.value = Date.now()), { passive: true });
  }
  // A link with a code that is followed where the page is open already changes nothing but the address.
  addEventListener("hashchange", () => (codeOfAddress() ? location.reload() : showLinked(alertOfAddress())));
  startWorker(showLinked);
  readWays();
  const answered = oidcAnswer();
  if (answered !== null) {
    await finishOidc(answered);
    return;
  }
  const code = codeOfAddress();
  if (code) {
    // The code is spent by this: it leaves the address before anything else can read it there.
    history.replaceState(null, "", location.pathname);
    await signIn(code);
    return;
  }
  await resume();
}

// What one account picked in this browser is nothing for the next.
function forgetPicked() {
  if (me.value === null) forgetAllPicks();
}

/** @param {number} pauseMs */
function tick(pauseMs) {
  setTimeout(() => {
    ticking.value = Date.now();
    sound.tick(pauseMs / 1000);
    warn();
    tick(isBusy() ? BUSY_MS : IDLE_MS);
  }, pauseMs);
}

const isBusy = () => me.value && (!receiving.value || noticed.value || incidents.value.some(isOpen));
