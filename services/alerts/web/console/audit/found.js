// What came of recomputing the chain, in words, and its head.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { moment } from "../formats.js";
import { withCode } from "../parts/with-code.js";
import { saveFile } from "../save-file.js";
import { agrees, grouped } from "./chain.js";
import { words } from "./words.js";
/** @import { Verified } from "../../types/page" */

/** @param {{ found: Verified }} props */
export function Found({ found: { chain, kept, given } }) {
  const w = words.value;
  if (chain.faults.length > 0) {
    return html`<div role="alert">
      <p class="complaint"><${Icon} name="alarm" /><b>${w.notWhole(chain.many)}</b></p>
      <ul>${chain.faults.map(({ kind, number }) => html`<li key=${`${kind} ${number}`}>${w.faults[kind](number)}</li>`)}</ul>
      ${chain.many > chain.faults.length && html`<p>${w.moreFaults}</p>`}
      <p>${withCode(w.callFor)}</p>
    </div>`;
  }
  const text = `${chain.sequence} ${chain.sha256}\n`;
  const save = () => saveFile(new Blob([text], { type: "text/plain" }), `audit-head-${chain.sequence}.txt`);
  return html`<div role="status">
      <p class="doing done"><${Icon} name="check" /><b>${w.whole(chain.events)}</b></p>
      <ul class="compared">
        <li>${chain.published ? w.published(chain.published.sequence, moment(chain.published.at)) : w.notPublished}</li>
        <li>${kept && agrees(chain, kept) ? w.kept(kept.sequence, moment(kept.at)) : w.notKept}</li>
        ${given && agrees(chain, given) && html`<li>${w.givenAgrees(given.sequence)}</li>`}
      </ul>
    </div>
    <h3>${w.head}</h3>
    <p class="number digest">${chain.sequence} ${grouped(chain.sha256)}</p>
    <p class="hint">${w.headText}</p>
    <button type="button" class="second" onClick=${save}><${Icon} name="down" />${w.saveHead}</button>`;
}
