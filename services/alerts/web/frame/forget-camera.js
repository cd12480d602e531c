// A camera that will not come back: whoever keeps the site says that nobody misses it any more.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";

/** @param {{ site: string, camera: string, isOneOfMany: boolean }} props */
export function ForgetCamera({ site, camera, isOneOfMany }) {
  const w = words.value;
  const asking = useSignal(false);
  const forget = async () => {
    if (await state.forgetCamera(site, camera)) asking.value = false;
  };
  if (!asking.value) {
    return html`<button class="plain" onClick=${() => (asking.value = true)} aria-label=${w.forgetNamed(camera)}>
      ${isOneOfMany ? w.forgetNamed(camera) : w.forget}
    </button>`;
  }
  return html`<span class="asked">${w.forgetText(camera)}
    <button class="plain" onClick=${() => (asking.value = false)}>${w.cancel}</button>
    <button class="plain" onClick=${forget} aria-label=${w.forgetNamed(camera)}>${w.forget}</button>
  </span>`;
}
