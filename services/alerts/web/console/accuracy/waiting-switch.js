// A switch of the recogniser, or one back, that waits for another account.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ModelsView, SwitchView } from "../../types/openapi" */

/** @param {{ waits: SwitchView, changed: (view: ModelsView) => void }} props */
export function WaitingSwitch({ waits, changed }) {
  const w = words.value;
  const action = useAction();
  const path = { number: waits.number };
  const approve = () =>
    action.run(async () => changed(await desk("POST /watchlist/models/switches/{number}/approval", { path })));
  const withdraw = () =>
    action.run(async () => changed(await desk("POST /watchlist/models/switches/{number}/withdrawal", { path })));
  const own = waits.asked_by === state.account.value;
  return html`<h3>${w.waits}</h3>
    <${Facts} rows=${[
      [w.roll.where, waits.site || w.roll.everyOther],
      [w.accuracy.recogniser, html`<code class="digest">${waits.model_sha256}</code>`],
      [
        w.roll.by,
        waits.threshold === null || waits.strong === null
          ? w.roll.asThreshold
          : w.roll.cosines(waits.threshold, waits.strong),
      ],
      [w.askedBy, `${waits.asked_by} · ${moment(waits.asked_at)}`],
      [w.reasonLabel, waits.reason],
    ]} />
    ${own && state.may("approve_switch") && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${action.fault} />
    ${state.may("approve_switch") &&
    html`<div class="buttons">
      ${!own && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.acts.approve}</button>`}
      <button type="button" class="second" disabled=${action.busy.value} onClick=${withdraw}>${w.withdraw}</button>
    </div>`}`;
}
