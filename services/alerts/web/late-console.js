// The screens of those who keep the list come with the first look at them: a guard's page does not wait for them.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reloadWhenThere } from "./again.js";
import { Waiting } from "./frame/waiting.js";
import { html } from "./shared/html.js";
import * as state from "./state/state.js";
/** @import { Markup } from "./types/page" */

const screens = signal(/** @type {(() => Markup) | null} */ (null));

export function LateConsole() {
  useEffect(() => {
    if (screens.value !== null) return;
    import("./console/console.js").then(
      (module) => (screens.value = module.Console),
      (error) => {
        state.problem.value = "offline";
        return reloadWhenThere(error);
      },
    );
  }, []);
  return screens.value === null ? html`<${Waiting} />` : html`<${screens.value} />`;
}
