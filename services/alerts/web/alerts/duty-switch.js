// On duty and off, at each site of the account.
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Check } from "./check.js";

export function DutySwitch() {
  const w = words.value;
  if (state.duties.value === null) return html`<${Check} tone="open" title=${w.duty} text=${w.dutyNotKnown} />`;
  const on = state.onDuty.value;
  return html`<${Check} tone=${on.length > 0 ? "good" : "bad"} title=${w.duty} text=${on.length > 0 ? w.onDutyAt(on.join(", ")) : w.offDuty}>
    ${state.dutySites.value.map((site) => {
      const is = on.includes(site);
      return html`<button class="second" aria-pressed=${is ? "true" : "false"} onClick=${() => state.setDuty(site, !is)}>
        ${is ? w.goOff(site) : w.goOn(site)}
      </button>`;
    })}
    ${state.dutyFailed.value && html`<p class="complaint" role="alert">${w.unconfirmed}</p>`}
  <//>`;
}
