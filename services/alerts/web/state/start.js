// What goes on by itself from the moment that the page is there.
import { effect } from "@preact/signals";
import { ticking } from "../shared/session.js";
import { noticeSilence, soundNews } from "./alerts.js";
import { noticeReceiving, warn } from "./connection.js";
import { tellHeard } from "./heard.js";
import { codeOfAddress, resume, signIn } from "./sign-in.js";
import * as sound from "./sound.js";
import { touchedAt } from "./veil.js";
import { finishOidc, oidcAnswer, readWays } from "./ways.js";

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
  for (const each of [soundNews, noticeSilence, noticeReceiving, tellHeard]) effect(each);
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, () => (touchedAt.value = Date.now()), { passive: true });
  }
  // A link with a code that is followed where the page is open already changes nothing but the address.
  addEventListener("hashchange", () => codeOfAddress() && location.reload());
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
