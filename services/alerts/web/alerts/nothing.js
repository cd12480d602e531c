// What stands in place of a list that is empty.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IconName } from "../shared/icon.js" */
/** @import { Children } from "../types/page" */

/** @param {{ icon: IconName, tone: string, title: string, text: string, children?: Children }} props */
export function Nothing({ icon, tone, title, text, children }) {
  const w = words.value;
  return html`<section class=${`quiet ${tone}`}>
    <${Icon} name=${icon} />
    <h2>${title}</h2>
    <p>${text}</p>
    ${children}
    ${state.checkedAt.value && html`<p class="muted">${w.lastCheck(clock(state.checkedAt.value))}</p>`}
  </section>`;
}
