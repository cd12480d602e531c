// Looking for what was approved, and what is held: said once, on this page, and kept nowhere.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { Findings } from "../parts/findings.js";
import { TextField } from "../parts/text-field.js";
import { PersonRow } from "../list/row.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { AccessAnswer, AccessRequest } from "../../types/openapi" */

/** @param {{ request: AccessRequest, changed: () => void }} props */
export function LookFor({ request, changed }) {
  const w = words.value.access;
  const number = useSignal("");
  const answer = useSignal(/** @type {AccessAnswer | null} */ (null));
  const action = useAction();
  const path = { number: request.number };
  /** @param {() => Promise<AccessAnswer>} ask */
  const told = async (ask) => {
    const found = await action.run(ask);
    if (found === undefined) return;
    answer.value = found;
    number.value = "";
    changed();
  };
  /** @param {Event & { currentTarget: HTMLInputElement }} event */
  const photo = ({ currentTarget }) => {
    const file = currentTarget.files?.[0];
    currentTarget.value = "";
    if (file) told(() => desk("PUT /watchlist/access-requests/{number}/photo", { path, body: file }));
  };
  const byNumber = () => told(() => desk("POST /watchlist/access-requests/{number}/identity", { path, body: { number: number.value.trim() } }));
  const id = `access-look-${request.number}`;
  if (answer.value?.request) {
    return answer.value.entries.length === 0
      ? html`<p class="notice calm" role="status">${w.nothingHeld}</p>`
      : html`<div role="status"><p class="notice">${w.compareFirst}</p>
          <ul class="people">${answer.value.entries.map((row) => html`<${PersonRow} key=${row.id} row=${row} faces=${false} />`)}</ul></div>`;
  }
  if (request.state !== "approved") return null;
  return html`
    <${Fault} fault=${action.fault} />
    ${answer.value && html`<p class="notice">${w.photoRefused(request.tries_left)}</p><${Findings} of=${answer.value.findings} />`}
    ${request.kind === "photo"
      ? html`<${Field} id=${id} label=${w.photo} hint=${w.photoHint}>
          <input id=${id} type="file" accept="image/*" disabled=${action.busy.value} aria-describedby=${`${id}-hint`} onChange=${photo} />
        <//>`
      : html`<form class="choose" onSubmit=${onSubmit(byNumber)}>
          <${TextField} id=${id} label=${w.number} required maxlength="40" autocomplete="off" ...${bound(number)} />
          <div class="buttons"><button class="go" disabled=${action.busy.value}>${w.look}</button></div>
        </form>`}`;
}
