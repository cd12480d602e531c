// Sound and vibration. A browser allows both only after a person has touched the page, and may take sound away again:
// whether an alert can be heard is a state of the page, and what the browser says of its sound is the only measure.
import { computed, signal } from "@preact/signals";
/** @import { Timer } from "../types/page" */

// A sound whose clock stands still for so many seconds is heard by nobody, whatever its state says.
const STILL_SECONDS = 4;
const START_MS = 2000;
const TURNED_ON_MS = 1500;
const GESTURES = ["pointerdown", "pointerup", "touchend", "keydown", "click"];
// High and low in turn, three times: hertz, and seconds from the beginning.
const RING = [880, 1175, 880, 1175, 880, 1175].map((hertz, n) => [hertz, n * 0.22 + Math.floor(n / 2) * 0.14]);
const SAMPLE = [[1175, 0]];

const running = signal(false);
export const canRing = computed(() => running.value);
export const failed = signal(false); // somebody touched the page, and there is still no sound
// A touch turned sound on a moment ago. What asked for the touch stays in its place so long: nothing may move under a
// finger that has not been lifted yet.
export const turnedOn = signal(false);

/** @type {AudioContext | null} */
let context = null;
let hasRun = false;
let clock = 0;
let still = 0;
/** @type {Timer} */
let giveUp;
let isTouched = false; // since sound was last there
let isPressed = false;
/** @type {Timer} */
let isOver;
let playsUntil = 0; // by the clock of the sound

export function start() {
  renew();
  const early = { capture: true, passive: true };
  for (const gesture of GESTURES) addEventListener(gesture, touched, early);
  addEventListener("pointerdown", () => (isPressed = true), early);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (isPressed = false), early);
}

/**
 * Sounds an alert; false when nobody could hear it.
 * @param {{ volume?: number, shrill?: boolean, vibration?: number[] }} how
 */
export function ring({ volume = 0.5, shrill = false, vibration = [300, 100, 300, 100, 300] } = {}) {
  navigator.vibrate?.(vibration);
  if (!running.value) return false;
  play(RING, volume, shrill ? "square" : "triangle");
  return true;
}

// A short tone, so that who turned the sound on hears that it is on; an alert that was due says it better.
export async function sample() {
  await resume();
  if (running.value && context !== null && context.currentTime >= playsUntil) play(SAMPLE, 0.3);
}

// What was interrupted goes on without a touch where the browser lets it; the first start is left to a touch.
export function revive() {
  if (hasRun && !running.value) resume();
}

/**
 * Called every few seconds.
 * @param {number} seconds since the last time
 */
export function tick(seconds = 1) {
  if (context === null) return;
  still = context.state === "running" && context.currentTime === clock ? still + seconds : 0;
  clock = context.currentTime;
  note();
}

function renew() {
  if (!globalThis.AudioContext) return;
  context?.close().catch(() => {});
  try {
    context = new AudioContext();
  } catch {
    context = null; // there is no sound to be had here
    return;
  }
  context.onstatechange = note;
  still = 0;
  playsUntil = 0;
  note();
}

function note() {
  const runs = context?.state === "running" && still < STILL_SECONDS;
  if (runs && isTouched) turnOn();
  if (!runs) turnedOn.value = false;
  running.value = runs;
  if (runs) {
    hasRun = true;
    failed.value = false;
    clearTimeout(giveUp);
  }
}

function turnOn() {
  isTouched = false;
  turnedOn.value = true;
  turnOff();
}

function turnOff() {
  clearTimeout(isOver);
  isOver = setTimeout(() => (isPressed ? turnOff() : (turnedOn.value = false)), TURNED_ON_MS);
}

function touched() {
  if (running.value) return;
  isTouched = true;
  if (context === null || context.state === "closed" || still >= STILL_SECONDS) renew();
  resume();
  clearTimeout(giveUp);
  giveUp = setTimeout(() => (failed.value = true), START_MS);
}

// Without a touch a browser may neither begin nor refuse: this can wait for ever, and is then ended by the next touch.
async function resume() {
  await context?.resume().then(note, () => {});
}

/**
 * @param {number[][]} tones hertz, and seconds from the beginning
 * @param {number} volume
 * @param {OscillatorType} shape
 */
function play(tones, volume, shape = "triangle") {
  if (context === null) return;
  for (const [hertz, begins] of tones) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const at = context.currentTime + begins;
    tone.type = shape;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(volume, at + 0.02);
    loudness.gain.setValueAtTime(volume, at + 0.15);
    loudness.gain.linearRampToValueAtTime(0, at + 0.2);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.2);
    playsUntil = at + 0.2;
  }
}
