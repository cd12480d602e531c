// The screens of accounts come with the first look at them: an alert does not wait for them.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reloadWhenThere } from "./again.js";
import { Waiting } from "./frame/waiting.js";
import { html } from "./shared/html.js";
import * as state from "./state/state.js";
/** @import { Markup } from "./types/page" */

const screens = signal(/** @type {(() => Markup) | null} */ (null));

export function LateAccounts() {
  useEffect(() => {
    if (screens.value !== null) return;
    import("./accounts/accounts.js").then(
      (module) => (screens.value = module.Accounts),
      (error) => {
        state.problem.value = "offline";
        return reloadWhenThere(error);
      },
    );
  }, []);
  return screens.value === null ? html`<${Waiting} />` : html`<${screens.value} />`;
}
