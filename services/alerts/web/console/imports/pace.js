// How fast files are judged, and how long the rest takes.

export const AT_ONCE = 4; // files that are sent side by side
// A photo is judged in a fraction of a second: after this nothing proceeds.
const QUIET_MS = 3000;

/**
 * Files a second, and seconds until all are done; null while that cannot be known, as when no answer comes.
 * @param {number[]} recent when the last files were judged, milliseconds
 * @param {number} left files
 * @param {number} now milliseconds
 */
export function pace(recent, left, now = performance.now()) {
  if (recent.length <= AT_ONCE) return null; // the first ones arrive together
  const [first, last] = [recent[0], recent[recent.length - 1]];
  if (now - last > QUIET_MS) return null;
  const rate = (recent.length - 1) / ((last - first) / 1000);
  return { rate, seconds: left / rate };
}
