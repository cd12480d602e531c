// A signed report of a confirmed incident: why, in which form, and whether with the faces.
import { useSignal } from "@preact/signals";
import { onCheck, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { language } from "../../shared/language.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Field } from "../parts/field.js";
import { WithReason } from "../parts/with-reason.js";
import { saveFile } from "../save-file.js";
import { words } from "../words.js";
/** @import { IncidentView, ReportFileRequest } from "../../types/openapi" */

/** @param {{ incident: IncidentView }} props */
export function MakeReport({ incident }) {
  const w = words.value.incidents;
  const asking = useSignal(false);
  const format = useSignal("pdf");
  const pictures = useSignal(false);
  if (!state.may("export_incident") || incident.outcome !== "confirmed") return null;
  /** @param {string} reason */
  const make = async (reason) => {
    const body = /** @type {ReportFileRequest} */ ({ reason, format: format.value, pictures: pictures.value, language: language.value });
    const file = await desk("POST /incidents/{incident}/report-file", { path: { incident: incident.id }, body });
    saveFile(file, `incident-${incident.number}.${format.value}`);
  };
  return html`<section class="card">
    <h2>${w.report}</h2>
    <p class="hint">${w.reportText}</p>
    <button type="button" class="second" onClick=${() => (asking.value = true)}>${w.makeReport}</button>
    ${asking.value &&
    html`<${WithReason} name="report" title=${w.makeReport} text=${w.reportIsOut} button=${w.makeReport} work=${make} done=${() => (asking.value = false)}>
      <${Field} id="report-format" label=${w.form}>
        <select id="report-format" value=${format.value} onChange=${onText((form) => (format.value = form))}>
          <option value="pdf">${w.forms.pdf}</option><option value="json">${w.forms.json}</option>
        </select>
      <//>
      <label class="check"><input type="checkbox" checked=${pictures.value} onChange=${onCheck((on) => (pictures.value = on))} />${w.withFaces}</label>
    <//>`}
  </section>`;
}
