// An import in five steps. Where it stands is the desk's to say, so it goes on after a reload, here or elsewhere.
import { html } from "../../shared/html.js";
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
import { Purpose } from "./purpose.js";
import { STEPS, Steps } from "./steps.js";
/** @import { BatchView } from "../../types/openapi" */
/** @import { Step } from "./steps.js" */

/** @param {{ id: string, step?: string }} props */
export function Import({ id, step }) {
  const w = words.value;
  const { found, fault, again } = useReading(() => desk("GET /watchlist/imports/{import}", { path: { import: id } }), id);
  const batch = found.value;
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
  return batch.ready + batch.warning + batch.rejected > 0 ? "check" : "files";
}
