// An import in five steps. Where it stands is the desk's to say, so it goes on after a reload, here or elsewhere.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { forgetPicks } from "../../shared/picks.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Back } from "../parts/back.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { CheckStep } from "./check.js";
import { CommitStep } from "./commit.js";
import { DuplicatesStep } from "./duplicates.js";
import { FilesStep } from "./files.js";
import { GoOn } from "./go-on.js";
import { Purpose } from "./purpose.js";
import { jobOf } from "./sending.js";
import { STEPS, Steps } from "./steps.js";
import { ImportWaits } from "./waiting.js";
import { isOlder } from "./waits.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { Step } from "./steps.js" */

const SENDING_MS = 3000;
const LOOK_MS = 5000;

/** @param {{ id: string, step?: string }} props */
export function Import({ id, step }) {
  const w = words.value;
  const shown = useRef(/** @type {BatchView | null} */ (null));
  const read = async () => {
    const view = await desk("GET /watchlist/imports/{import}", { path: { import: id } });
    return shown.current !== null && isOlder(view, shown.current) ? shown.current : view;
  };
  const { found, fault, again } = useReading(read, id);
  const batch = found.value;
  shown.current = batch;
  const isLive = batch !== null && (batch.state === "open" || batch.pending > 0);
  const isSending = jobOf(id)?.stage.value === "sending";
  const isOver = batch !== null && batch.state !== "open";
  useEffect(() => {
    if (isOver) forgetPicks(id);
  }, [id, isOver]);
  // Others may work on it as well: what they do shows without a reload.
  useEffect(() => {
    if (!isLive) return undefined;
    const looking = setInterval(() => document.hidden || again(), isSending ? SENDING_MS : LOOK_MS);
    return () => clearInterval(looking);
  }, [id, isLive, isSending]);
  if (batch === null) return html`<section class="page"><${Back} to=${["imports"]} text=${w.imports} /><${Loading} fault=${fault} /></section>`;

  const now = STEPS.find((each) => each === step) ?? usual(batch);
  /** @param {BatchView} view */
  const changed = (view) => {
    found.value = view;
  };
  return html`<section class="page">
    <${Back} to=${["imports"]} text=${w.imports} />
    <header class="head">
      <h1>${w.import_} <small>${moment(batch.opened_at)} · ${batch.author}</small></h1>
      <span class=${`chip import-${batch.state}`}>${w.batchStates[batch.state]}</span>
    </header>
    <${Steps} id=${id} now=${now} />
    <${ImportWaits} batch=${batch} />
    ${batch.state === "open" && state.keeps.value && html`<${GoOn} batch=${batch} />`}
    ${now === "purpose" && html`<${Purpose} batch=${batch} />`}
    ${now === "files" && html`<${FilesStep} batch=${batch} />`}
    ${now === "check" && html`<${CheckStep} batch=${batch} again=${again} />`}
    ${now === "duplicates" && html`<${DuplicatesStep} batch=${batch} changed=${changed} again=${again} />`}
    ${now === "commit" && html`<${CommitStep} batch=${batch} changed=${changed} again=${again} />`}
  </section>`;
}

/**
 * Where somebody goes on who names no step.
 * @param {BatchView} batch
 * @returns {Step}
 */
function usual(batch) {
  if (batch.state !== "open") return "commit";
  if (!state.keeps.value) return "check";
  return batch.counts.photos.read + batch.counts.lines.read > 0 ? "check" : "files";
}
