// The last hour as this page keeps it: only what is newer is asked for. Pure.
/** @import { RunningView } from "../../types/openapi" */

const MOST_STEPS = 360;
const FIGURES = /** @type {const} */ (["replicas", "received", "done", "shed", "age_seconds", "busy"]);

/**
 * What is known with the newer steps; from the beginning where another process answers, for it counts by itself.
 * @param {RunningView | null} before
 * @param {RunningView} now
 * @returns {RunningView}
 */
export function joined(before, now) {
  if (before === null || before.process !== now.process || before.since !== now.since) return now;
  const known = new Set(before.times);
  const fresh = now.times.flatMap((at, n) => (known.has(at) ? [] : [n]));
  /** @type {<T>(old: T[], of: T[]) => T[]} */
  const behind = (old, of) => [...old, ...fresh.map((n) => of[n])].slice(-MOST_STEPS);
  return {
    ...now,
    times: behind(before.times, now.times),
    stages: now.stages.map((stage, n) => {
      const was = before.stages[n];
      const series = FIGURES.map((name) => [name, behind(/** @type {(number | null)[]} */ (was[name]), stage[name])]);
      return { ...stage, ...Object.fromEntries(series) };
    }),
  };
}

/**
 * From when on newer steps are asked for.
 * @param {RunningView | null} before
 */
export const after = (before) => before?.times.at(-1) ?? 0;

/**
 * A figure as people read it: two of its digits, and no more than it says.
 * @param {number} value
 */
export function readable(value) {
  if (value === 0) return "0";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : String(Number(value.toPrecision(2)));
}
