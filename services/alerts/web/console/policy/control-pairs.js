// Control pairs: whether they are shown, which there are, and a form for another.
import { useSignal } from "@preact/signals";
import { Reviewing } from "../../frame/reviewing.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { TakeAway } from "../delivery/taken-away.js";
import { date } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { Loading } from "../parts/loading.js";
import { useAction } from "../use-action.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { ControlPairForm } from "./control-pair-form.js";

export function ControlPairs() {
  const w = words.value.control;
  const { found, fault, again } = useReading(() => ask("GET /control-pairs"));
  const adding = useSignal(false);
  const action = useAction();
  const held = found.value;
  if (held === null) return html`<section class="card"><h2>${w.title}</h2><${Loading} fault=${fault} /></section>`;
  const use = () =>
    action.run(async () => {
      await ask("PUT /control-pairs", { body: { on: !held.on } });
      await again();
    });
  const close = async () => {
    adding.value = false;
    await again();
  };
  return html`<section class="card">
    <h2>${w.title}</h2>
    <p class="hint">${w.text}</p>
    <p>${held.on ? w.shown : w.notShown}</p>
    <${Fault} fault=${action.fault} />
    ${state.may("use_control_pairs") &&
    html`<button type="button" class="second" disabled=${action.busy.value} onClick=${use}>${held.on ? w.stop : w.show}</button>`}
    ${held.pairs.length === 0 && html`<p class="nobody">${w.none}</p>`}
    <ul class="arranged">
      ${held.pairs.map(
        (pair) => html`<li key=${pair.id}>
          <b>${pair.same ? w.same : w.two}</b>
          <p>${w.sources[pair.source]}${w.colon}${pair.grounds}</p>
          <p class="hint">${w.added(pair.added_by, date(pair.added_at))}${pair.complete ? "" : ` ${w.incomplete}`}</p>
          ${state.may("remove_control_pair") &&
          html`<div class="buttons"><${TakeAway} name=${pair.grounds} text=${w.removeText}
            work=${async () => {
              await ask("DELETE /control-pairs/{pair}", { path: { pair: pair.id } });
              await again();
            }} /></div>`}
        </li>`,
      )}
    </ul>
    ${adding.value && html`<${ControlPairForm} done=${close} />`}
    ${state.may("add_control_pair") && !adding.value &&
    html`<button type="button" class="second" onClick=${() => (adding.value = true)}>${w.add}</button>`}
    <${Reviewing} />
  </section>`;
}
