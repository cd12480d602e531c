// Whether an alert can be heard, and what is done so that it is.
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import * as sound from "web/state/sound.js";
import { browser, settle } from "./browser.mjs";

before(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  sound.start();
});

// Sound as it is after a touch, with a clock that goes on.
async function touched() {
  browser.isSoundAllowed = true;
  browser.happen("pointerdown");
  browser.happen("pointerup");
  await settle();
}

// The browser takes sound away, as for a call.
function interrupted() {
  browser.sound.state = "interrupted";
  browser.sound.onstatechange();
}

beforeEach(() => {
  browser.isSoundAllowed = false;
  interrupted();
  mock.timers.tick(10_000);
  browser.tones.length = browser.vibrations.length = 0;
});

test("a page that nobody touched cannot ring, and vibrates instead", () => {
  assert.equal(sound.canRing.value, false);
  assert.equal(sound.ring(), false);
  assert.deepEqual(browser.tones, []);
  assert.equal(browser.vibrations.length, 1);
});

test("one touch turns sound on, and an alert rings", async () => {
  await touched();

  assert.equal(sound.canRing.value, true);
  assert.equal(sound.ring(), true);
  assert.deepEqual(browser.tones, [880, 1175, 880, 1175, 880, 1175]);
});

test("what asked for the touch stays a moment in its place", async () => {
  await touched();
  assert.equal(sound.turnedOn.value, true);

  mock.timers.tick(1500);
  assert.equal(sound.turnedOn.value, false);
});

test("nothing moves under a finger that is still down", async () => {
  browser.isSoundAllowed = true;
  browser.happen("pointerdown");
  await settle();

  mock.timers.tick(3000);
  assert.equal(sound.turnedOn.value, true);

  browser.happen("pointerup");
  mock.timers.tick(1500);
  assert.equal(sound.turnedOn.value, false);
});

test("a touch that brings no sound is said after two seconds", () => {
  browser.happen("pointerdown");
  mock.timers.tick(1999);
  assert.equal(sound.failed.value, false);

  mock.timers.tick(1);
  assert.equal(sound.failed.value, true);
});

test("a failure is forgotten as soon as there is sound", async () => {
  browser.happen("pointerdown");
  mock.timers.tick(2000);

  await touched();

  assert.equal(sound.failed.value, false);
});

test("sound whose clock stands still is heard by nobody", async () => {
  await touched();
  browser.sound.currentTime += 1;
  sound.tick();
  for (let second = 0; second < 3; second += 1) sound.tick();
  assert.equal(sound.canRing.value, true);

  sound.tick();
  assert.equal(sound.canRing.value, false);
});

test("a touch replaces sound that stands still by a new one", async () => {
  await touched();
  for (let second = 0; second < 6; second += 1) sound.tick();
  const [old, count] = [browser.sound, browser.sounds.length];

  await touched();

  assert.equal(browser.sounds.length, count + 1);
  assert.equal(old.state, "closed");
  assert.equal(sound.canRing.value, true);
});

test("what was interrupted goes on without a touch where it may", async () => {
  await touched();
  interrupted();
  assert.equal(sound.canRing.value, false);

  browser.isSoundAllowed = true;
  sound.revive();
  await settle();

  assert.equal(sound.canRing.value, true);
});

test("a sample is left out while an alert still sounds", async () => {
  await touched();
  sound.ring();
  await sound.sample();
  assert.equal(browser.tones.length, 6);

  browser.sound.currentTime += 5;
  await sound.sample();
  assert.deepEqual(browser.tones.slice(6), [1175]);
});
