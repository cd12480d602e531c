// A new alert rings until somebody answers, louder with time.
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import { effect } from "@preact/signals-core";
import * as alerts from "web/state/alerts.js";
import { ringOf } from "web/state/loudness.js";
import { keepRinging } from "web/state/ringing.js";
import * as sound from "web/state/sound.js";
import { tellCorrections } from "web/state/told.js";
import { me as session, ticking } from "web/shared/session.js";
import { browser, settle } from "./browser.mjs";
import { incident, me, minutes, NOON } from "./build.mjs";

const RING = 6; // tones of a ring

before(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse(NOON) });
  sound.start();
  effect(keepRinging);
  effect(tellCorrections);
});

beforeEach(() => {
  alerts.forget();
  session.value = me();
  ticking.value = Date.now();
  browser.isSoundAllowed = false;
  browser.sound.state = "suspended";
  browser.sound.onstatechange();
  browser.tones.length = browser.vibrations.length = 0;
});

async function canRing() {
  browser.isSoundAllowed = true;
  browser.happen("pointerdown");
  browser.happen("pointerup");
  await settle();
}

const raisedNow = (over = {}) => incident({ raised_at: new Date(Date.now()).toISOString(), ...over });
const arrive = (each) => alerts.take(async () => each);
const rings = () => browser.tones.length / RING;

test("it grows louder with time, and more seldom when everybody must have heard it", () => {
  const volumes = [0, 15_000, 60_000, 3_600_000].map((waited) => ringOf(waited, false).volume);
  assert.deepEqual(volumes, [...volumes].sort());
  assert.equal(volumes.at(-1), 1);
  assert.ok(ringOf(60_000, false).pauseMs < ringOf(0, false).pauseMs);
  assert.ok(ringOf(3_600_000, false).pauseMs > 10_000);
});

test("who has the phone in hand is not shouted at", () => {
  assert.equal(ringOf(60_000, true).volume, ringOf(0, false).volume);
});

test("a new alert rings again and again until somebody answers", async () => {
  await canRing();
  const fresh = raisedNow();
  await arrive(fresh);
  assert.equal(rings(), 1);

  mock.timers.tick(4000);
  mock.timers.tick(4000);
  assert.equal(rings(), 3);

  await arrive({ ...fresh, status: "responding", responder: { account: "wang", at: NOON } });
  mock.timers.tick(60_000);
  assert.equal(rings(), 3);
});

test("another alert rings at once", async () => {
  await canRing();
  await arrive(raisedNow());
  await arrive(raisedNow());

  assert.equal(rings(), 2);
});

test("who has given a verdict is not rung for any more", async () => {
  await canRing();
  const fresh = raisedNow();
  await arrive(fresh);
  await arrive({ ...fresh, my_verdict: "cannot_tell", may_review: false });

  mock.timers.tick(60_000);

  assert.equal(rings(), 1);
});

test("a phone that cannot ring shakes, and rings as soon as it can", async () => {
  await arrive(raisedNow());
  assert.equal(browser.vibrations.length, 1);
  assert.equal(rings(), 0);

  await canRing();

  assert.equal(rings(), 1);
});

test("nothing rings for who may not answer alerts", async () => {
  session.value = me({ may: [] });
  await canRing();
  await arrive(raisedNow());

  assert.equal(rings(), 0);
  assert.equal(alerts.silent.value, false);
});

test("a correction is heard once on every page", async () => {
  await canRing();
  const over = incident({ status: "closed", outcome: "unresolved", corrected_at: minutes(0) });
  await arrive(over);
  await arrive({ ...over });
  assert.equal(rings(), 1);

  await arrive({ ...over, corrected_at: minutes(1) });
  assert.equal(rings(), 2);
});
