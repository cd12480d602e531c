// The receipts of an erasure, as they come.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { moment, reason } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
/** @import { ErasureView } from "../../types/openapi" */

/** @param {{ id: string }} props */
export function Erasure({ id }) {
  const w = words.value;
  const latest = useSignal(/** @type {ErasureView | null} */ (null));
  const read = () => desk("GET /watchlist/entries/{entry}/erasure", { path: { entry: id } });
  useEffect(() => watch(read, (now) => now.complete, (now) => (latest.value = now)), [id]);
  const now = latest.value;
  if (now === null) return html`<p class="muted" role="status">${w.loading}</p>`;
  const all = now.receipts.length + now.owed.length;
  return html`<section class="card erasure">
    <h2>${w.erasure}</h2>
    <p class=${now.complete ? "doing done" : "doing"} role="status">
      <${Icon} name=${now.complete ? "check" : "run"} />
      ${w.signed(now.receipts.length, all)}${now.complete && html`<span>${w.erasureComplete}</span>`}
    </p>
    <ul class="receipts">
      ${now.receipts.map(
        (receipt) => html`<li key=${receipt.matcher + receipt.incarnation}><${Icon} name="check" /><b>${receipt.matcher}</b><span>${w.letGo(moment(receipt.released_at))}</span></li>`,
      )}
      ${now.owed.map(
        (owed) => html`<li key=${owed.matcher} class="owed"><${Icon} name="run" /><b>${owed.matcher}</b><span>${owed.silent ? w.owedSilent(moment(owed.seen_at)) : w.owed}</span></li>`,
      )}
    </ul>
    <${Facts} rows=${[
      [w.erasedBy, `${now.erased_by} · ${moment(now.erased_at)}`],
      [w.reasonLabel, reason(now.reason)],
      [w.keyDestroyed, now.key_destroyed_at ? moment(now.key_destroyed_at) : w.notYet],
      [w.streamPurged, now.stream_purged_at ? moment(now.stream_purged_at) : w.notYet],
    ]} />
  </section>`;
}
