// What was said of a photo that was just sent.
import { html } from "../../shared/html.js";
import { Preview } from "../faces/preview.js";
import { Fault } from "../parts/fault.js";
import { Findings } from "../parts/findings.js";
import { VerdictChip } from "../parts/verdict.js";
import { words } from "../words.js";
/** @import { JudgedPhoto } from "../../types/page" */

/** @param {{ one: JudgedPhoto }} props */
export function Judged({ one }) {
  const w = words.value;
  const answer = "answer" in one ? one.answer : null;
  return html`<li class="enrolled judged">
    <${Preview} read=${async () => one.file} alt=${one.file.name} />
    <div class="about">
      <p><b>${one.file.name}</b></p>
      ${answer && html`<p><${VerdictChip} of=${answer.verdict} /> <span>${answer.position === null ? w.notKept : w.kept}</span></p>`}
      ${answer && html`<${Findings} of=${answer.findings} />`}
      ${"fault" in one && html`<${Fault} fault=${{ value: one.fault }} />`}
    </div>
  </li>`;
}
