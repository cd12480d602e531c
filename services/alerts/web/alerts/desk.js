// The guard's view: a list of alerts, and one of them.
import { Banners } from "../frame/banners.js";
import { TopBar } from "../frame/top-bar.js";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Alert } from "./alert.js";
import { AlertList } from "./list.js";
import { Quiet } from "./quiet.js";
import { Shift } from "./shift.js";

export function Desk() {
  const w = words.value;
  const open = state.shown.value;
  return html`<div class=${open ? "desk has-open" : "desk"}>
    <${TopBar} />
    <${Banners} />
    <main class="panes">
      <h1 class="unseen">${w.today}</h1>
      ${state.atShift.value
        ? html`<${Shift} />`
        : html`<${AlertList} />${open ? html`<${Alert} key=${open.id} incident=${open} />` : html`<${Quiet} />`}`}
    </main>
  </div>`;
}
