// Where a change of the list is live: asked until every matcher has it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
/** @import { Liveness } from "../../types/openapi" */

/** @param {{ generation: number | null }} props */
export function Live({ generation }) {
  const w = words.value;
  const latest = useSignal(/** @type {Liveness | null} */ (null));
  useEffect(() => {
    latest.value = null;
    if (generation === null) return undefined;
    return watch(
      () => desk("GET /watchlist/generations/{generation}", { path: { generation } }),
      (now) => now.seconds !== null && !now.matchers.some((m) => m.locked),
      (now) => (latest.value = now),
    );
  }, [generation]);
  if (generation === null) return null;
  const now = latest.value;
  const everywhere = now !== null && now.seconds !== null;
  // It has the change and lacks a data key, without which an entry cannot match there.
  const locked = now?.matchers.filter((m) => m.locked) ?? [];
  const done = everywhere && locked.length === 0;
  return html`<p class=${done ? "doing done" : "doing"} role="status">
    <${Icon} name=${done ? "check" : "run"} />
    ${now === null ? w.goingLive : now.seconds !== null ? w.live(now.live, now.matchers.length, now.seconds) : w.liveSoFar(now.live, now.matchers.length)}
    ${now !== null && !everywhere && now.matchers.some((m) => m.silent) &&
    html`<span>${w.silent(now.matchers.filter((m) => m.silent).map((m) => m.name).join(", "))}</span>`}
    ${locked.length > 0 && html`<span>${w.locked(locked.map((m) => `${m.name} (${m.locked})`).join(", "))}</span>`}
  </p>`;
}
