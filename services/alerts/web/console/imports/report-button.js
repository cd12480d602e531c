// Saving the report of an import.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { save } from "./report.js";
import { jobOf } from "./sending.js";
/** @import { BatchView } from "../../types/openapi" */

/** @param {{ batch: BatchView }} props */
export function ReportButton({ batch }) {
  const w = words.value;
  const action = useAction();
  const local = [...(jobOf(batch.id)?.answers.values() ?? [])].filter((row) => row.file_sha256 === null);
  return html`<button type="button" class="second" disabled=${action.busy.value} onClick=${() => action.run(() => save(batch.id, local))}>
      <${Icon} name="down" />${w.report}
    </button>
    <${Fault} fault=${action.fault} />`;
}
