// What is true while no alert is on the screen: the shield stands for "all is well" and for nothing else.
import { Reviewing } from "../frame/reviewing.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { isOpen } from "../state/urgency.js";
import { Nothing } from "./nothing.js";

export function Quiet() {
  const w = words.value;
  const news = state.news.value;
  const open = state.incidents.value.filter(isOpen).length;
  if (!state.listed.value) {
    const text = state.lost.value ? w.offline : w.notKnownText;
    return html`<${Nothing} icon="alarm" tone="unsure" title=${w.notKnown} text=${text} />`;
  }
  if (news.length > 0) {
    return html`<${Nothing} icon="bell" tone="new" title=${w.newAlerts(news.length)} text=${w.chooseOne}>
      <button class="go" onClick=${() => state.show(news[0].id)}>${w.openFirst}</button>
    <//>`;
  }
  if (open > 0) {
    return html`<${Nothing} icon="run" tone="open" title=${w.noNew} text=${w.stillOpen(open)}>
      ${state.may("next_pair") && html`<${Reviewing} />`}
    <//>`;
  }
  const title = state.incidents.value.length === 0 ? w.allQuiet : w.noOpen;
  const well = state.status.value === "well";
  return html`<${Nothing} icon=${well ? "shield" : "alarm"} tone=${well ? "well" : "unsure"} title=${title}
    text=${well ? w.quietText : w.butText(w.status[state.status.value])}>
    ${state.may("next_pair") && html`<${Reviewing} />`}
    ${state.may("respond") && html`<button class="second" onClick=${() => (state.atShift.value = true)}>
      <${Icon} name="bell" />${w.checkPhone}
    </button>`}
  <//>`;
}
