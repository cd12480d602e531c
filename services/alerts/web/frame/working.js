// What keeps alerts from working: each reason once, worst first.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { saying } from "../shared/reasons.js";
import * as state from "../state/state.js";

// These have banners of their own, which say more.
const SAID_ELSEWHERE = new Set(["camera_trouble", "matching_stopped", "disk_full", "disk_low"]);
// A phone has room for so many, and beside an open alert for one; how many more there are stands below.
const SHOWN = 4;
const SHOWN_BESIDE_AN_ALERT = 1;

export function Working() {
  const reasons = state.reasons.value.filter((reason) => !SAID_ELSEWHERE.has(reason.code));
  if (reasons.length === 0 || state.lost.value) return null;
  const shown = state.shown.value === null ? SHOWN : SHOWN_BESIDE_AN_ALERT;
  const more = reasons.length - shown;
  const worst = reasons[0].working === "no" ? "no" : "degraded";
  return html`<div class=${`banner told working ${worst}`} role="status">
    <${Icon} name="alarm" />
    <ul>
      ${reasons.slice(0, shown).map((reason) => html`<li>${saying(reason)}</li>`)}
      ${more > 0 && html`<li>+ ${more}</li>`}
    </ul>
  </div>`;
}
