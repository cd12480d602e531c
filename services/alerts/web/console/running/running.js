// How Wardwatch has run within the last hour: for whoever keeps it running.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { moment } from "../formats.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { Charts } from "./charts.js";
import { Deliveries } from "./deliveries.js";
import { Hints } from "./hints.js";
import { after, joined } from "./kept.js";
import { ListOnMatchers } from "./list-on-matchers.js";
import { Living } from "./living.js";
import { Stages } from "./stages.js";
import { Stores } from "./stores.js";
import { words } from "./words.js";
/** @import { RunningView } from "../../types/openapi" */

const AGAIN_MS = 10_000;

export function Running() {
  const w = words.value;
  const kept = useSignal(/** @type {RunningView | null} */ (null));
  const others = useSignal(false);
  const { found, fault, again } = useReading(async () => {
    const before = kept.peek();
    const now = await ask("GET /running", { query: { after: after(before) } });
    if (before !== null && before.process !== now.process) {
      others.value = true;
      // It counts by itself: its whole hour, not what is newer than the other's.
      kept.value = after(before) === 0 ? now : await ask("GET /running");
    } else kept.value = joined(before, now);
    return kept.value;
  });
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const view = found.value;
  if (view === null) return html`<section class="page"><h1>${w.title}</h1><${Loading} fault=${fault} /></section>`;
  return html`<section class="page running">
    <h1>${w.title}</h1>
    <p class="hint">${w.since(moment(view.since))} ${w.process(view.process.slice(0, 8))}${others.value && ` ${w.otherProcess}`}</p>
    ${fault.value && html`<${Loading} fault=${fault} />`}
    ${view.record_away && html`<p class="notice" role="status">${w.recordAway}</p>`}
    <${Hints} hints=${view.hints} />
    <${Stages} lately=${view.lately} />
    <${Charts} view=${view} />
    <div class="columns">
      <div><${ListOnMatchers} waits=${view.unpublished_seconds} away=${view.record_away} /><${Living} replicas=${view.replicas} /></div>
      <div><${Stores} view=${view} /><${Deliveries} delivery=${view.delivery} /></div>
    </div>
  </section>`;
}
