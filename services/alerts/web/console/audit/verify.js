// Whether the audit is whole, as far as a page of the same machine can show it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { serverNow } from "../../shared/session.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { withCode } from "../parts/with-code.js";
import { useAction } from "../use-action.js";
import { BEGUN, headOf, joined } from "./chain.js";
import { Found } from "./found.js";
import { keepHead, keptHead } from "./kept-head.js";
import { words } from "./words.js";
/** @import { AuditHeadKept } from "../../types/openapi" */
/** @import { Verified } from "../../types/page" */

export function Verify() {
  const w = words.value;
  const typed = useSignal("");
  const so = useSignal(BEGUN);
  const found = useSignal(/** @type {Verified | null} */ (null));
  const action = useAction();
  const here = useRef(true);
  useEffect(() => () => void (here.current = false), []);
  const given = headOf(typed.value);
  const wrong = typed.value.trim() !== "" && given === null;
  const recompute = () =>
    action.run(async () => {
      [so.value, found.value] = [BEGUN, null];
      const kept = keptHead();
      const heads = /** @type {AuditHeadKept[]} */ ([kept, given].flatMap((each) => (each ? [{ sequence: each.sequence, sha256: each.sha256 }] : [])));
      do {
        const { sequence, sha256 } = so.value;
        so.value = joined(so.value, await ask("POST /audit/verification", { body: { after: sequence, sha256, heads } }));
      } while (!so.value.ended && here.current);
      found.value = { chain: so.value, kept, given };
      const { faults, sequence, sha256 } = so.value;
      // What was contradicted is not forgotten by being looked at.
      if (faults.length === 0 && sequence > 0) keepHead({ sequence, sha256, at: new Date(serverNow()).toISOString() });
    });
  return html`<section class="card" aria-labelledby="verify">
    <h2 id="verify">${w.verify}</h2>
    <p>${w.verifyText}</p>
    <form class="form" onSubmit=${onSubmit(recompute)}>
      <${TextField} id="audit-head" label=${w.given} hint=${wrong ? w.givenWrong : w.givenHint} lines=${2} maxlength="300"
        aria-invalid=${wrong ? "true" : undefined} spellcheck="false" ...${bound(typed)} />
      <${Fault} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value || wrong}>${found.value ? w.again : w.recompute}</button>
    </form>
    ${action.busy.value &&
    html`<div class="progress"><label for="audit-progress">${w.progress(so.value.events, so.value.total)}</label>
      <progress id="audit-progress" max=${so.value.total || 1} value=${so.value.events}></progress></div>`}
    ${found.value && html`<${Found} found=${found.value} />`}
    <h3>${w.limits}</h3>
    <ul>${w.limitList.map((/** @type {string} */ limit) => html`<li>${withCode(limit)}</li>`)}</ul>
  </section>`;
}
