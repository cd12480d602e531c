// What a person is told of what did not work.
import { signal } from "@preact/signals";

export const problem = signal(/** @type {string | null} */ (null)); // one sentence for the person
// The same about what the person did last, or "unconfirmed" or "stale"; only the person's next step clears it.
export const complaint = signal(/** @type {string | null} */ (null));
