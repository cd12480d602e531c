// One person of the list: what is said of them, photos, look-alikes, and what may be done.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { address, go } from "../../shared/place.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { date, moment } from "../formats.js";
import { Back } from "../parts/back.js";
import { Live } from "../parts/live.js";
import { Loading } from "../parts/loading.js";
import { StateChip } from "../parts/state.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Actions } from "./actions.js";
import { AddPhotos } from "./add-photos.js";
import { ChangeOf } from "./change-of.js";
import { DraftSteps } from "./draft-steps.js";
import { Erasure } from "./erasure.js";
import { HistoryCard } from "./history.js";
import { Identity } from "./identity.js";
import { Likenesses } from "./likenesses.js";
import { MergedEntries } from "./merged.js";
import { photoKey } from "./people.js";
import { Photos } from "./photos.js";
import { Places } from "./places.js";
import { Statement } from "./statement.js";
/** @import { EntryView, PhotoView } from "../../types/openapi" */

/** @param {{ id: string }} props */
export function Entry({ id }) {
  const w = words.value;
  const { found, fault, again } = useReading(() => desk("GET /watchlist/entries/{entry}", { path: { entry: id } }), id);
  // Somebody else may change the list meanwhile: what is shown is read again, and stays until it is here.
  const version = state.listVersion.value;
  const since = useRef(version);
  useEffect(() => {
    if (since.current !== 0 && version !== since.current) again();
    since.current = version;
  }, [version]);
  const requests = useSignal(0); // grows when all faces are to be shown
  const looked = useSignal(/** @type {ReadonlySet<string>} */ (new Set()));
  /** @param {PhotoView} photo */
  const seen = (photo) => (looked.value = new Set([...looked.value, photoKey(photo)]));
  const live = useSignal(/** @type {number | null} */ (null)); // the change of the list that was made here
  const entry = found.value;
  if (entry === null) return html`<section class="page"><${Back} to=${["watchlist"]} text=${w.watchlist} /><${Loading} fault=${fault} /></section>`;

  // What the desk answers after a change is the entry as it is now.
  /** @param {EntryView} now */
  const changed = (now) => {
    void state.lookForWaiting();
    // What was changed is another entry than the change that was approved or refused.
    if (now.id !== id) return go("watchlist", now.id);
    const before = found.value;
    found.value = now;
    // What waits for its approval is on no matcher yet.
    const listed = !["draft", "pending"].includes(now.state);
    if (listed && now.generation !== before?.generation) live.value = now.generation ?? null;
  };
  const likenesses = html`<${Likenesses} entry=${entry} changed=${changed} />`;
  const undecided = entry.state === "draft" && entry.likenesses.some((each) => each.decision === null);
  return html`<section class="page entry">
    <${Back} to=${["watchlist"]} text=${w.watchlist} />
    <header class="head">
      <h1>${entry.state === "erased" ? w.erasedPerson : entry.label || w.noLabel}</h1>
      ${entry.amends && html`<span class="chip change">${w.change.chip}</span>`}
      <${StateChip} of=${entry.state} />
    </header>
    ${entry.state === "draft" && html`<${DraftSteps} entry=${entry} />`}
    ${entry.state !== "erased" && html`<${Live} generation=${live.value} />`}
    ${entry.origin && html`<p class="notice">${w.joined.entry(entry.origin.title)}</p>`}
    ${entry.renewal && html`<p class="notice">${w.renewalWaits(entry.renewal.by, date(entry.renewal.last_day))}</p>`}
    ${entry.amendment &&
    html`<p class="notice">${w.change.waits(entry.amendment.author)} <a href=${address("watchlist", entry.amendment.id)}>${w.change.open}</a></p>`}
    ${entry.merged_into &&
    html`<p class="notice"><a href=${address("watchlist", entry.merged_into)}>${w.merged.into}</a></p>`}
    <${Places} entry=${entry} />
    ${entry.returned &&
    html`<p class="notice" role="note">${w.sentBack(entry.returned.by, moment(entry.returned.at))} <b>${entry.returned.comment}</b></p>`}
    <${Actions} entry=${entry} changed=${changed} again=${again} looked=${looked.value} look=${() => (requests.value += 1)} />
    ${entry.state === "erased"
      ? html`<${Erasure} id=${id} />`
      : html`<div class="columns">
          <div>
            ${entry.amends && html`<${ChangeOf} entry=${entry} of=${entry.amends} />`}
            ${undecided && likenesses}
            ${entry.state === "draft" && state.keeps.value && html`<${AddPhotos} entry=${entry} again=${again} />`}
            <${Photos} entry=${entry} changed=${changed} requests=${requests.value} seen=${seen} />
            ${!undecided && likenesses}
          </div>
          <div>
            <${Statement} entry=${entry} />
            <${MergedEntries} entry=${entry} />
            ${!entry.amends && html`<${Identity} entry=${entry} />`}
          </div>
        </div>`}
    <${HistoryCard} id=${id} revision=${entry.revision} />
  </section>`;
}
