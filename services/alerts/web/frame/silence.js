// A page that cannot be heard asks for one tap.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as sound from "../state/sound.js";
import * as state from "../state/state.js";

export function Silence() {
  const w = words.value;
  const on = !state.silent.value;
  const [title, text] = on
    ? [w.soundOn, w.soundOnText]
    : [w.cannotRing, sound.failed.value ? w.stillSilent : w.tapForSound];
  return html`<div role="alert">
    <button class=${on ? "banner silent on" : "banner silent"} onClick=${sound.sample}>
      <${Icon} name=${on ? "bell" : "mute"} /><b>${title}<small>${text}</small></b>
    </button>
  </div>`;
}
