// That a push came to this phone, as the server says it on the page's stream.
import { effect, signal } from "@preact/signals";

export const provenAt = signal(/** @type {string | null} */ (null));

/**
 * Does something that a push follows, and waits for the proof of it; false when none came in time.
 * @param {() => Promise<unknown>} work
 * @param {number} withinMs
 * @returns {Promise<boolean>}
 */
export async function provenAfter(work, withinMs) {
  const before = provenAt.value;
  await work();
  return new Promise((told) => {
    const timer = setTimeout(() => end(false), withinMs);
    const unfollow = effect(() => {
      if (provenAt.value !== before) end(true);
    });
    /** @param {boolean} is */
    function end(is) {
      clearTimeout(timer);
      // The effect runs before its end is known.
      queueMicrotask(() => unfollow());
      told(is);
    }
  });
}
