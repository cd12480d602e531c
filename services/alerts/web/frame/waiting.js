// Before anything is known.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";

export function Waiting() {
  const w = words.value;
  return html`<main class="door">
    <div class="brand"><${Icon} name="shield" /><h1>Wardwatch</h1></div>
    <p class="muted" role="status">${state.problem.value === "offline" ? w.offline : w.starting}</p>
  </main>`;
}
