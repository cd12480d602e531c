// The start of a shift: what this phone can do, tried out.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import { sleepy } from "../state/awake.js";
import * as state from "../state/state.js";
import { Check } from "./check.js";
import { DutySwitch } from "./duty-switch.js";

export function Shift() {
  const w = words.value;
  const asked = useSignal(false);
  const ringAndAsk = () => {
    state.ringOnce();
    asked.value = true;
  };
  useEffect(() => void state.readShift(), [state.sites.value]);
  const background = state.background.value;
  const rings = background === "proven";
  const canTry = ["not_asked", "not_subscribed", "not_proven", "proven"].includes(background);
  const sound = state.silent.value || state.heard.value === false ? "bad" : state.heard.value ? "good" : "open";
  return html`<section class="shift" aria-labelledby="shift-title" tabindex="0">
    <h2 id="shift-title">${w.shiftTitle}</h2>
    <${Check} tone=${sound} title=${w.soundCheck} text=${state.heard.value ? w.soundHeard : state.heard.value === false ? w.soundNotHeard : w.soundText}>
      <button class="second" onClick=${ringAndAsk}>${w.playSound}</button>
      ${asked.value && html`<div class="answers" role="group" aria-label=${w.didYouHear}>
        <span>${w.didYouHear}</span>
        <button class="second" onClick=${() => (state.heard.value = true)}>${w.yes}</button>
        <button class="second" onClick=${() => (state.heard.value = false)}>${w.no}</button>
      </div>`}
    <//>
    <${Check} tone=${rings ? "good" : "bad"} title=${rings ? w.canBackground : w.cannotBackground} text=${w.background[background]}>
      ${canTry && html`<button class="second" disabled=${state.testing.value} onClick=${state.tryPush}>
        ${state.testing.value ? w.pushOnItsWay : w.tryPush}
      </button>`}
      ${state.missed.value && html`<p class="complaint" role="alert">${w.pushMissed}</p>`}
    <//>
    <${Check} tone=${sleepy.value ? "bad" : "good"} title=${w.screenCheck} text=${sleepy.value ? w.sleepyText : w.screenOn} />
    <${Check} tone="open" title=${w.batteryCheck} text=${w.batteryText} />
    <${DutySwitch} />
    <button class="go" onClick=${() => (state.atShift.value = false)}>${w.shiftDone}</button>
  </section>`;
}
