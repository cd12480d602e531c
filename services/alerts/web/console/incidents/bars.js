// Where the bars of a chart stand: pure.

export const HEIGHT = 120;
export const WIDTH = 320;
const GAP = 0.2; // of a bar's room
const LEAST_PX = 1.5; // what was counted is seen, however much there is of the rest

/** @typedef {{ kind: string, count: number }} Part */
/** @typedef {{ label: string, parts: Part[] }} Bar */
/** @typedef {{ kind: string, x: number, y: number, width: number, height: number }} Box */

/** @param {Bar} bar */
export const sum = (bar) => bar.parts.reduce((all, part) => all + part.count, 0);

/**
 * A round number that no bar is higher than.
 * @param {Bar[]} bars
 */
export function top(bars) {
  const most = Math.max(1, ...bars.map(sum));
  const step = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * step).find((each) => each >= most) ?? most;
}

/**
 * The boxes of stacked bars, one beside the other, parts from below in their order; nothing for what is none.
 * @param {Bar[]} bars
 * @returns {Box[]}
 */
export function boxes(bars) {
  const room = WIDTH / Math.max(1, bars.length);
  const scale = HEIGHT / top(bars);
  return bars.flatMap((bar, place) => {
    let y = HEIGHT;
    return bar.parts.filter((part) => part.count > 0).map(({ kind, count }) => {
      const height = Math.max(LEAST_PX, count * scale);
      y -= height;
      return { kind, x: (place + GAP / 2) * room, y, width: room * (1 - GAP), height };
    });
  });
}

/**
 * Which labels are written so that they do not run into each other: the first of each so many.
 * @param {number} count
 */
export const everyNth = (count) => Math.max(1, Math.ceil(count / 5));
