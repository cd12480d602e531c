// Where a change of the list is live: asked until every matcher has it.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Refused } from "../client.js";
import { Away, desk } from "./desk.js";
import { html, Icon } from "./parts.js";
import { words } from "./words.js";

const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1000;
const GIVE_UP_MS = 10 * 60_000;

export const rest = (ms) => new Promise((over) => setTimeout(over, ms));

// Asks `look` again, ever more slowly, until `enough` of its answer or for too long. Returns a function that ends it.
export function watch(look, enough, told) {
  let ended = false;
  const follow = async () => {
    const last = performance.now() + GIVE_UP_MS;
    for (let pause = FIRST_LOOK_MS; !ended && performance.now() < last; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
      try {
        const seen = await look();
        if (ended) return;
        told(seen);
        if (enough(seen)) return;
      } catch (error) {
        // The change itself is made; it is looked for again while the server is only away.
        if (!(error instanceof Away || error instanceof Refused)) throw error;
        if (error instanceof Refused && error.status < 500) return;
      }
      await rest(pause);
    }
  };
  follow();
  return () => (ended = true);
}

export function Live({ generation }) {
  const w = words.value;
  const seen = useSignal(null);
  useEffect(() => {
    seen.value = null;
    if (generation === null) return undefined;
    return watch(
      () => desk("GET", `/generations/${generation}`),
      (now) => now.seconds !== null && !now.matchers.some((m) => m.locked),
      (now) => (seen.value = now),
    );
  }, [generation]);
  if (generation === null) return null;
  const now = seen.value;
  const everywhere = now?.seconds != null;
  // It has the change and lacks a data key, without which an entry cannot match there.
  const locked = now?.matchers.filter((m) => m.locked) ?? [];
  const done = everywhere && locked.length === 0;
  return html`<p class=${done ? "doing done" : "doing"} role="status">
    <${Icon} name=${done ? "check" : "run"} />
    ${now === null ? w.goingLive : everywhere ? w.live(now.live, now.matchers.length, now.seconds) : w.liveSoFar(now.live, now.matchers.length)}
    ${now !== null && !everywhere && now.matchers.some((m) => m.silent) &&
    html`<span>${w.silent(now.matchers.filter((m) => m.silent).map((m) => m.name).join(", "))}</span>`}
    ${locked.length > 0 && html`<span>${w.locked(locked.map((m) => `${m.name} (${m.locked})`).join(", "))}</span>`}
  </p>`;
}
