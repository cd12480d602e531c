// How an alert that nobody has answered rings: pure. Louder with time, and more seldom once everybody must have heard it.

/**
 * @typedef {object} Ring
 * @property {number} volume from 0 to 1
 * @property {boolean} shrill a sound that goes through walls
 * @property {number[]} vibration milliseconds on and off in turn
 * @property {number} pauseMs until it rings again
 */

const STEPS = [
  { untilMs: 10_000, volume: 0.35, shrill: false, vibration: [300, 100, 300], pauseMs: 4000 },
  { untilMs: 30_000, volume: 0.6, shrill: false, vibration: [300, 100, 300, 100, 300], pauseMs: 3000 },
  { untilMs: 900_000, volume: 1, shrill: true, vibration: [600, 100, 600, 100, 600], pauseMs: 2500 },
  { untilMs: Infinity, volume: 1, shrill: true, vibration: [600, 100, 600, 100, 600], pauseMs: 20_000 },
];

/**
 * @param {number} waitedMs since the alert was raised
 * @param {boolean} isHeld whether somebody has the phone in hand and the alert before them
 * @returns {Ring}
 */
export function ringOf(waitedMs, isHeld) {
  const { untilMs: _, ...ring } = STEPS.find(({ untilMs }) => waitedMs < untilMs) ?? STEPS[STEPS.length - 1];
  return isHeld ? { ...ring, volume: STEPS[0].volume, shrill: false } : ring;
}
