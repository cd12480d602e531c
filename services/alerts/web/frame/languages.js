// The choice of the language.
import { html } from "../shared/html.js";
import { language, speak } from "../shared/language.js";
/** @import { Language } from "../shared/language.js" */

export function Languages() {
  /**
   * @param {Language} code
   * @param {string} text
   */
  const choice = (code, text) => html`<button
    type="button"
    lang=${code}
    aria-pressed=${language.value === code ? "true" : "false"}
    onClick=${() => speak(code)}
  >${text}</button>`;
  return html`<div class="languages" role="group" aria-label="语言 / Language">
    ${choice("zh-CN", "中文")}${choice("en", "English")}
  </div>`;
}
