// The first page of an installation: steps that tick themselves off.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CodeCard } from "../../frame/code-card.js";
import { html } from "../../shared/html.js";
import { Refused } from "../../shared/request.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
import { Step } from "./step.js";
/** @import { Handed } from "../../types/page" */

const AGAIN_MS = 3000;

export function FirstHour() {
  const w = words.value.firstSteps;
  // Codes that were made here stay until they are handed over: their step is done with the account.
  const codes = useSignal(/** @type {Handed[]} */ ([]));
  useEffect(() => {
    look();
    const timer = setInterval(() => !document.hidden && look(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const found = state.firstSteps.value;
  if (found === null) return html`<section class="page narrow"><p>${words.value.loading}</p></section>`;
  const next = found.steps.find((step) => !step.done);
  const done = found.steps.filter((step) => step.done).length;
  return html`<section class="page narrow">
    <h1>${w.title}</h1>
    <p class="hint" role="status">${next ? w.progress(done, found.steps.length) : w.allDone}</p>
    ${codes.value.map(
      (each) => html`<section class="card" key=${each.name} aria-label=${each.name}>
        <p><b>${each.name}</b></p>
        <${CodeCard} made=${each.made} />
        <button type="button" class="second" onClick=${() => (codes.value = codes.value.filter((other) => other !== each))}>${w.handedOver}</button>
      </section>`,
    )}
    <ol class="first-steps">
      ${found.steps.map(
        (step) => html`<${Step} key=${step.code} step=${step} isNext=${step === next} of=${found}
          hand=${(/** @type {Handed} */ made) => (codes.value = [...codes.value, made])} />`,
      )}
    </ol>
    ${!next && html`<button class="go" onClick=${state.putAway}>${w.finish}</button>`}
  </section>`;
}

// What cannot be read now is read in a moment; the banners say what is away.
async function look() {
  try {
    await state.readFirstSteps();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) state.leave("ended");
  }
}
