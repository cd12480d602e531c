// Two who look alike, side by side, until somebody says whether they are one person.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { FirstFace } from "../faces/first-face.js";
import { moment } from "../formats.js";
import { StateChip } from "../parts/state.js";
import { words } from "../words.js";
import { Decide } from "./decide.js";
import { Same } from "./same.js";
/** @import { LikenessView } from "../../types/openapi" */
/** @import { Changed } from "../../types/page" */

/**
 * `decided` is given the entry as the desk answers.
 * @param {{ entry: string, label: string, likeness: LikenessView, decides: boolean, decided: Changed }} props
 */
export function Pair({ entry, label, likeness, decides, decided }) {
  const w = words.value;
  const requests = useSignal(0);
  const other = likeness.state === "erased" ? w.erasedPerson : likeness.label || w.noLabel;
  return html`<article class="pair">
    <div class="two">
      <figure>
        <${FirstFace} entry=${entry} alt=${label || w.noLabel} requests=${requests.value} />
        <figcaption><a href=${address("watchlist", entry)}>${label || w.noLabel}</a></figcaption>
      </figure>
      <figure>
        ${likeness.state === "erased"
          ? html`<div class="face"><p class="nothing">${w.erasedPerson}</p></div>`
          : html`<${FirstFace} entry=${likeness.other} alt=${other} requests=${requests.value} />`}
        <figcaption><a href=${address("watchlist", likeness.other)}>${other}</a> <${StateChip} of=${likeness.state} /></figcaption>
      </figure>
    </div>
    <p class="strength"><b>${w.strengths[likeness.strength]}</b>
      <button type="button" class="plain" onClick=${() => (requests.value += 1)}>${w.showBoth}</button></p>
    ${likeness.decision === null
      ? decides ? html`<${Decide} entry=${entry} other=${likeness.other} decided=${decided} />` : html`<p class="muted">${w.undecided}</p>`
      : html`<p class="decided"><b>${w.decisions[likeness.decision]}</b>
          <span>${likeness.decided_by} · ${likeness.decided_at && moment(likeness.decided_at)} · ${likeness.reason}</span></p>`}
    ${decides && likeness.decision === "same_person" && likeness.state !== "erased" &&
    html`<${Same} entry=${entry} other=${likeness.other} decided=${decided} />`}
  </article>`;
}
