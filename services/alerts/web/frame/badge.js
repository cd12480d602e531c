// How much waits for whoever looks.
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";

export function Badge() {
  const count = state.waitingForMe.value;
  if (count === 0) return null;
  return html`<span class="badge"><span aria-hidden="true">${count > 99 ? "99+" : count}</span><span class="unseen">${words.value.waitForYou(count)}</span></span>`;
}
