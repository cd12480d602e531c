// A screen that comes with the first look at it: who keeps the list does not wait for it.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../shared/html.js";
import * as state from "../state/state.js";
import { words } from "./words.js";
/** @import { Markup } from "../types/page" */

const LATE = {
  audit: () => import("./audit/audit.js").then((module) => module.Audit),
  running: () => import("./running/running.js").then((module) => module.Running),
};
const come = signal(/** @type {Record<string, (props: { steps: string[] }) => Markup>} */ ({}));

/** @param {{ name: keyof typeof LATE, steps?: string[] }} props `steps`: those of the address behind the screen's own */
export function LateScreen({ name, steps = [] }) {
  useEffect(() => {
    if (come.value[name]) return;
    LATE[name]().then(
      (screen) => (come.value = { ...come.value, [name]: screen }),
      () => (state.problem.value = "offline"),
    );
  }, [name]);
  if (!come.value[name]) return html`<p class="page muted" role="status">${words.value.loading}</p>`;
  return html`<${come.value[name]} steps=${steps} />`;
}
