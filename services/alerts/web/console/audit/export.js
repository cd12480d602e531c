// The audit as a file: for a reason, which is recorded before anything is written.
import { useSignal } from "@preact/signals";
import { onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { today } from "../../shared/days.js";
import { slowly } from "../desk.js";
import { Field } from "../parts/field.js";
import { WithReason } from "../parts/with-reason.js";
import { saveFile } from "../save-file.js";
import { asked, wanted } from "./sought.js";
import { words } from "./words.js";

const FORMS = /** @type {const} */ (["jsonl", "csv"]);

export function ExportAudit() {
  const w = words.value;
  const open = useSignal(false);
  const form = useSignal(/** @type {(typeof FORMS)[number]} */ ("jsonl"));
  /** @param {string} reason */
  const write = async (reason) => {
    const body = { ...asked(wanted.value), form: form.value, reason };
    saveFile(await slowly("POST /audit/export", { body }), `audit-${today()}.${form.value}`);
  };
  const choose = onText((choice) => {
    form.value = FORMS.find((each) => each === choice) ?? form.value;
  });
  return html`<button type="button" class="second" onClick=${() => (open.value = true)}><${Icon} name="down" />${w.export}</button>
    ${open.value &&
    html`<${WithReason} name="audit-export" title=${w.export} text=${w.exportText} button=${w.save} work=${write} done=${() => (open.value = false)}>
      <${Field} id="audit-form" label=${w.form} hint=${w.wholeHint}>
        <select id="audit-form" value=${form.value} onChange=${choose}>
          ${FORMS.map((each) => html`<option key=${each} value=${each}>${w.forms[each]}</option>`)}
        </select>
      <//>
    <//>`}`;
}
