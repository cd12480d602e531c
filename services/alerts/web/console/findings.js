// What can be wrong with a photo: a title in both languages, the measure beside its limit, and a remedy.
import { address } from "../place.js";
import { language } from "../words.js";
import { html } from "./parts.js";
import { FINDINGS } from "./words/findings.js";
import { words } from "./words.js";

const PX = (n) => `${Math.round(n)} px`;
const DEGREES = (n) => `${Math.round(Math.abs(n))}°`;
const SHARE = (n) => `${Math.round(n * 100)} %`;
const PLAIN = (n) => String(Math.round(n * 100) / 100);
const UNITS = {
  small_face: PX, small_eye_distance: PX, turned: DEGREES, tilted: DEGREES, pitched: DEGREES, overexposed: SHARE,
  several_faces: SHARE,
};
// What is kept of the measures, for warnings of photos that were enrolled before.
const KEPT = {
  small_face: "face_px", small_eye_distance: "eye_distance_px", turned: "yaw_degrees", tilted: "roll_degrees",
  dark: "exposure",
};

const chinese = () => language.value === "zh-CN";
export const title = (code) => FINDINGS[code]?.[chinese() ? "zh" : "en"] ?? code;
export const remedy = (code) => FINDINGS[code]?.[chinese() ? "zhDo" : "enDo"] ?? "";
export const unit = (code) => UNITS[code] ?? PLAIN;

export function measured(code, measures) {
  return code in KEPT ? unit(code)(measures[KEPT[code]]) : "";
}

// The server's sentence names the remedy in English; in Chinese the page's own does, and the measure stands beside it.
export function Findings({ of }) {
  const w = words.value;
  if (of.length === 0) return null;
  return html`<ul class="findings">
    ${of.map(
      (finding) => html`<li class=${`finding ${finding.severity}`} key=${finding.code}>
        <p><b>${title(finding.code)}</b>
          ${finding.value !== null && finding.limit !== null &&
          html` <span class="value">${w.measure(unit(finding.code)(finding.value), unit(finding.code)(finding.limit))}</span>`}</p>
        ${finding.about && html`<p><a href=${finding.code === "in_open_import" ? address("imports", finding.about) : address("watchlist", finding.about)}>${finding.code === "in_open_import" ? w.openImport : w.openEntry} ${finding.about}</a></p>`}
        <p class="hint">${chinese() && remedy(finding.code) ? remedy(finding.code) : finding.text}
          ${chinese() && finding.meant?.length > 0 && ` ${w.mayBeMeant(finding.meant.join("、"))}`}</p>
      </li>`,
    )}
  </ul>`;
}
