// A one-time code for somebody, shown once.
import { useSignal } from "@preact/signals";
import { CodeCard } from "../frame/code-card.js";
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { useAction } from "./asking.js";
import { WhyNot } from "./why-not.js";
import { words } from "./words.js";
/** @import { CodeMade } from "../types/openapi" */

/** @param {{ id: string, changed: () => unknown }} props */
export function Code({ id, changed }) {
  const w = words.value;
  const made = useSignal(/** @type {CodeMade | null} */ (null));
  const action = useAction();
  const make = async () => {
    const answer = await action.run(() => call("POST /accounts/{account}/code", { path: { account: id } }));
    if (answer === undefined) return;
    made.value = answer;
    changed();
  };
  if (made.value === null) {
    return html`<div class="acts"><${WhyNot} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value} onClick=${make}>${w.makeCode}</button></div>`;
  }
  return html`<${CodeCard} made=${made.value} />`;
}
