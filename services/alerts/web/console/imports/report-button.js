// Saving the report of an import, for people and for programs.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { save } from "./report.js";
import { jobOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {{ batch: BatchView }} props */
export function ReportButtons({ batch }) {
  const w = words.value;
  const action = useAction();
  const local = [...(jobOf(batch.id)?.answers.values() ?? [])].filter((row) => row.file_sha256 === null);
  return html`<div class="buttons">
      ${/** @type {const} */ (["csv", "json"]).map((form) => html`<button type="button" class="second" key=${form} disabled=${action.busy.value}
        onClick=${() => action.run(() => save(batch, local, form))}><${Icon} name="down" />${w.report[form]}</button>`)}
    </div>
    <${Fault} fault=${action.fault} />`;
}
