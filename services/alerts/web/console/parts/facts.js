// Names and values below each other; what is not known is left out.
import { html } from "../../shared/html.js";
/** @import { Fact } from "../../types/page" */

/** @param {{ rows: Fact[] }} props */
export function Facts({ rows }) {
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== null && value !== "" && value !== undefined && value !== false)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
