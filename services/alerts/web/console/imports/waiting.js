// What the import waits for, and for whom, as it changes.
import { html } from "../../shared/html.js";
import { keptTotal } from "../../shared/picks.js";
import { address } from "../../shared/place.js";
import { Away } from "../../shared/request.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
import { jobOf } from "./sending.js";
import { waitsOf } from "./waits.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { Failure, Markup } from "../../types/page" */
/** @import { Waits } from "./waits.js" */

/** @param {{ batch: BatchView }} props */
export function ImportWaits({ batch }) {
  const job = jobOf(batch.id);
  const sending = job && { stage: job.stage.value, waiting: job.waiting.value, waitsFor: job.waitsFor.value };
  const missing = job ? 0 : Math.max(0, (keptTotal(batch.id) ?? 0) - batch.counts.photos.read);
  const here = { account: state.account.value, mayApprove: state.may("approve_import"), missing };
  const waits = waitsOf(batch, sending, here);
  return html`<div class="waits" role="status">
    ${waits.map((each) => html`<p class="notice" key=${each.kind}>${sentence(batch, each)}</p>`)}
  </div>`;
}

/** @param {Failure} why */
function reasonOf(why) {
  const w = words.value.waitsFor;
  if (why instanceof Away) return w.server;
  return why.problem.code === "photos_away" ? (w.services[String(why.problem.params?.service)] ?? why.message) : why.message;
}

/**
 * @param {BatchView} batch
 * @param {Waits} waits
 * @returns {(string | Markup | false)[]}
 */
function sentence(batch, waits) {
  const w = words.value.waitsFor;
  const keeps = state.keeps.value;
  /** @type {(step: string, text: string) => Markup | false} */
  const link = (step, text) => keeps && html` <a href=${address("imports", batch.id, step)}>${text}</a>`;
  switch (waits.kind) {
    case "service":
      return [reasonOf(waits.why), " ", w.goesOn];
    case "paused":
      return [w.paused];
    case "files":
      return [waits.many > 0 ? w.missing(waits.many, batch.counts.photos.read) : w.files, link("files", words.value.chooseFiles)];
    case "answers":
      return [w.answers(waits.many), link("check", w.look)];
    case "pairs":
      return [w.pairs(waits.many), link("duplicates", words.value.decideNow)];
    case "commit":
      return [w.commit(waits.many), link("commit", w.lastStep)];
    case "me":
      return [w.me(waits.many, batch.author)];
    case "another":
      return [w.another(waits.many, batch.author)];
  }
}
