// Asking again until something has happened.
import { Away, Refused } from "../shared/request.js";

const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1000;
const GIVE_UP_MS = 10 * 60_000;

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
export const rest = (ms) => new Promise((over) => setTimeout(over, ms));

/**
 * Asks `look` again, ever more slowly, until `enough` of its answer or for too long; `onAnswer` gets each answer.
 * Returns a function that ends it.
 * @template T
 * @param {() => Promise<T>} look
 * @param {(answer: T) => boolean} enough
 * @param {(answer: T) => void} onAnswer
 */
export function watch(look, enough, onAnswer) {
  let ended = false;
  const follow = async () => {
    const last = performance.now() + GIVE_UP_MS;
    for (let pause = FIRST_LOOK_MS; !ended && performance.now() < last; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
      try {
        const answer = await look();
        if (ended) return;
        onAnswer(answer);
        if (enough(answer)) return;
      } catch (error) {
        // The change itself is made; it is looked for again while the server is only away.
        if (!(error instanceof Away || error instanceof Refused)) throw error;
        if (error instanceof Refused && error.status < 500) return;
      }
      await rest(pause);
    }
  };
  follow();
  return () => {
    ended = true;
  };
}
