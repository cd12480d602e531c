// The server's sentence names the remedy in English; in Chinese the page's own does, and the measure stands beside it.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { isChinese, remedy, title, unit } from "../findings.js";
import { words } from "../words.js";
/** @import { Finding } from "../../types/openapi" */

/** @param {{ of: Finding[] }} props */
export function Findings({ of }) {
  const w = words.value;
  if (of.length === 0) return null;
  return html`<ul class="findings">
    ${of.map(
      (finding) => html`<li class=${`finding ${finding.severity}`} key=${finding.code}>
        <p><b>${title(finding.code)}</b>
          ${typeof finding.value === "number" && typeof finding.limit === "number" &&
          html` <span class="value">${w.measure(unit(finding.code)(finding.value), unit(finding.code)(finding.limit))}</span>`}</p>
        ${finding.about && html`<p><a href=${finding.code === "in_open_import" ? address("imports", finding.about) : address("watchlist", finding.about)}>${finding.code === "in_open_import" ? w.openImport : w.openEntry} ${finding.about}</a></p>`}
        <p class="hint">${isChinese() && remedy(finding.code) ? remedy(finding.code) : finding.text}
          ${isChinese() && finding.meant && finding.meant.length > 0 && ` ${w.mayBeMeant(finding.meant.join("、"))}`}</p>
      </li>`,
    )}
  </ul>`;
}
