// An import in five steps. Where it stands is the desk's to say, so it goes on after a reload, here or elsewhere.
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { address, go } from "../place.js";
import * as state from "../state.js";
import { Check } from "./check.js";
import { Commit } from "./commit.js";
import { desk, importPath, useDeed, useReading } from "./desk.js";
import { Duplicates } from "./duplicates.js";
import { EMPTY, Grounds, isWhole, saidOf, Where } from "./fields.js";
import { Back, Facts, Fault, html, Loading, Text } from "./parts.js";
import { Picking } from "./picking.js";
import { category, date, moment, words } from "./words.js";

const STEPS = ["purpose", "files", "check", "duplicates", "commit"];

function Steps({ id, now }) {
  const w = words.value;
  const at = STEPS.indexOf(now);
  return html`<nav aria-label=${w.steps}><ol class="steps">
    ${STEPS.map((step, n) => {
      const text = html`<span>${n + 1}</span>${w.importSteps[step]}`;
      return html`<li key=${step} class=${n < at ? "past" : ""} aria-current=${n === at ? "step" : undefined}>
        ${id ? html`<a href=${address("imports", id, step)}>${text}</a>` : text}
      </li>`;
    })}
  </ol></nav>`;
}

export function NewImport() {
  const w = words.value;
  const form = useSignal({ ...EMPTY, source: "" });
  const key = useRef(crypto.randomUUID());
  const deed = useDeed();
  const set = (some) => {
    form.value = { ...form.value, ...some };
    key.current = crypto.randomUUID();
  };
  const send = async (event) => {
    event.preventDefault();
    const batch = await deed.run(() => desk("POST", "/imports", { said: saidOf(form.value), key: key.current }));
    if (batch !== undefined) go("imports", batch.id, "files");
  };
  return html`<section class="page narrow">
    <${Back} to=${["imports"]} text=${w.imports} />
    <h1>${w.newImport}</h1>
    <${Steps} now="purpose" />
    <p class="hint">${w.purposeText}</p>
    <form class="form" onSubmit=${send}>
      <${Grounds} form=${form.value} set=${set} />
      <${Where} form=${form.value} set=${set} />
      <${Text} id="photos-from" label=${w.photoSource} hint=${w.photoSourceHint} required maxlength="500"
        value=${form.value.source} onInput=${(source) => set({ source })} />
      <p class="notice">${w.anotherApproves}</p>
      <${Fault} fault=${deed.fault} />
      <button class="go" disabled=${deed.busy.value || !isWhole(form.value)}>${w.toFiles}</button>
    </form>
  </section>`;
}

export function Import({ id, step }) {
  const w = words.value;
  const { found, fault, again } = useReading(() => desk("GET", importPath(id)), id);
  const batch = found.value;
  if (batch === null) return html`<section class="page"><${Back} to=${["imports"]} text=${w.imports} /><${Loading} fault=${fault} /></section>`;

  const now = STEPS.includes(step) ? step : usual(batch);
  const told = (view) => (found.value = view);
  return html`<section class="page">
    <${Back} to=${["imports"]} text=${w.imports} />
    <header class="head">
      <h1>${w.import_} <small>${moment(batch.opened_at)} · ${batch.author}</small></h1>
      <span class=${`chip import-${batch.state}`}>${w.batchStates[batch.state]}</span>
    </header>
    <${Steps} id=${id} now=${now} />
    ${now === "purpose" && html`<${Purpose} batch=${batch} />`}
    ${now === "files" && html`<${Picking} batch=${batch} />`}
    ${now === "check" && html`<${Check} batch=${batch} again=${again} />`}
    ${now === "duplicates" && html`<${Duplicates} batch=${batch} told=${told} again=${again} />`}
    ${now === "commit" && html`<${Commit} batch=${batch} told=${told} again=${again} />`}
  </section>`;
}

// Where somebody goes on who names no step.
function usual(batch) {
  if (batch.state !== "open") return "commit";
  if (!state.keeps.value) return "check";
  return batch.ready + batch.warning + batch.rejected > 0 ? "check" : "files";
}

function Purpose({ batch }) {
  const w = words.value;
  const said = batch.purpose;
  return html`<div class="card">
    <p class="order"><small>${w.instruction}</small>${said.instruction}</p>
    <${Facts} rows=${[
      [w.category, category(said.category)],
      [w.basis, said.basis],
      [w.evidence, said.evidence],
      [w.scope, w.where(said.scope)],
      [w.expires, batch.last_day ? date(batch.last_day) : w.usualExpiry],
      [w.photoSource, said.source],
    ]} />
    <p class="hint">${w.purposeFixed}</p>
  </div>`;
}
