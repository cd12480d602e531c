// One thing that is tried at the start of a shift.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
/** @import { IconName } from "../shared/icon.js" */
/** @import { Children } from "../types/page" */

/** @type {Record<"good" | "bad" | "open", IconName>} */
const ICONS = { good: "check", bad: "alarm", open: "ask" };

/** @param {{ tone: "good" | "bad" | "open", title: string, text: string, children?: Children }} props */
export function Check({ tone, title, text, children }) {
  return html`<div class=${`check ${tone}`}>
    <${Icon} name=${ICONS[tone]} />
    <div>
      <h3>${title}</h3>
      <p>${text}</p>
      ${children}
    </div>
  </div>`;
}
