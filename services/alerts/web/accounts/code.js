// A one-time code for somebody, shown once.
import { useSignal } from "@preact/signals";
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
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
  const { code, expires_at: until } = made.value;
  return html`<div class="acts" role="status">
    <h2>${w.codeMade}</h2>
    <p class="number">${code}</p>
    <p class="hint">${w.codeText(day(until))}</p>
    <p class="hint">${w.codeLink}</p>
    <p class="hint"><code>${`${location.origin}/#code=${code}`}</code></p>
  </div>`;
}
