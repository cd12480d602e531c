// Stopping the matching and resuming it: two buttons, so that neither is pressed for the other.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { MatchingDialog } from "./matching-dialog.js";

export function Matching() {
  const w = words.value;
  const asked = useSignal(/** @type {"stop" | "resume" | null} */ (null));
  const stopped = state.stopped.value.length;
  // With nothing known of sites a stop is offered all the same.
  const runs = state.sites.value.length === 0 || state.sites.value.some(({ site }) => !state.stopped.value.includes(site));
  return html`${stopped > 0 &&
    html`<button class="resume" aria-label=${w.resume} onClick=${() => (asked.value = "resume")}><${Icon} name="play" /><span>${w.resumeShort}</span></button>`}
    ${runs &&
    html`<button class="stop" aria-label=${w.stopMatching} onClick=${() => (asked.value = "stop")}><${Icon} name="stop" /><span>${w.stop}</span></button>`}
    ${asked.value && html`<${MatchingDialog} key=${asked.value} resuming=${asked.value === "resume"} done=${() => (asked.value = null)} />`}`;
}
