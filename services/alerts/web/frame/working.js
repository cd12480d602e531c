// What keeps alerts from working: each reason once, worst first.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { saying } from "../shared/reasons.js";
import * as state from "../state/state.js";
import { ForgetCamera } from "./forget-camera.js";
/** @import { ReasonView } from "../types/openapi" */

// These have banners of their own, which say more.
const SAID_ELSEWHERE = new Set(["matching_stopped", "disk_full", "disk_low"]);
// A phone has room for so many, and beside an open alert for one; how many more there are stands below.
const SHOWN = 4;
const SHOWN_BESIDE_AN_ALERT = 1;

/** @param {ReasonView} reason */
const hasBanner = ({ code, site, parameters }) =>
  SAID_ELSEWHERE.has(code) ||
  (code === "camera_trouble" &&
    state.troubledCameras.value.some((each) => each.site === site && each.camera === parameters.camera));

/**
 * The cameras that a reason names as silent, if the reader may say that nobody misses them.
 * @param {ReasonView} reason
 */
function forgettable({ code, parameters }) {
  if (!state.may("expect_camera")) return [];
  if (code === "camera_silent") return [String(parameters.camera)];
  return code === "cameras_silent" || code === "none_of_cameras_sends" ? String(parameters.cameras).split(", ") : [];
}

// Numbers measure a reason, and words name it: with other numbers it is the same one.
/** @param {ReasonView} reason */
const keyOf = ({ code, site, parameters }) =>
  [code, site, ...Object.values(parameters).filter((value) => typeof value === "string")].join("/");

export function Working() {
  const reasons = state.reasons.value.filter((reason) => !hasBanner(reason));
  if (reasons.length === 0 || state.lost.value) return null;
  const shown = state.shown.value === null ? SHOWN : SHOWN_BESIDE_AN_ALERT;
  const more = reasons.length - shown;
  const worst = reasons[0].working === "no" ? "no" : "degraded";
  return html`<div class=${`banner told working ${worst}`} role="status">
    <${Icon} name="alarm" />
    <ul>
      ${reasons.slice(0, shown).map(
        (reason) => html`<li key=${keyOf(reason)}>${saying(reason)}
          ${forgettable(reason).map(
            (camera, _, all) => html`<${ForgetCamera} key=${camera} site=${reason.site} camera=${camera} isOneOfMany=${all.length > 1} />`,
          )}
        </li>`,
      )}
      ${more > 0 && html`<li>+ ${more}</li>`}
    </ul>
  </div>`;
}
