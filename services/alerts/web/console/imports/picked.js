// What was chosen comes to, and what must be said before anything is sent.
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { Arranged } from "./arranged.js" */

/** @param {{ now: Arranged, choose: (encoding: string) => void }} props */
export function Picked({ now, choose }) {
  const w = words.value;
  if ("broken" in now) return html`<p class="notice" role="alert">${w.brokenZip(now.broken)}</p>`;
  const { planned, encodings } = now;
  if (encodings.length > 0) {
    return html`<fieldset class="notice">
      <legend>${w.zipNames}</legend>
      ${encodings.map(({ name, sample }) => html`<label class="check" key=${name}>
        <input type="radio" name="encoding" value=${name} onChange=${() => choose(name)} />${w.encodings[name] ?? name}: ${sample.join(", ")}
      </label>`)}
    </fieldset>`;
  }
  return html`<p role="status"><b>${w.picked(planned.photos.length)}</b> ${planned.people ? w.withPeople : w.withoutPeople}</p>
    ${planned.question && html`<p class="notice" role="alert">${w.aboutTable[planned.question.kind](planned.question.files.join(", "))}</p>`}
    ${planned.peopleAt && html`<p class="hint">${w.peopleAt(planned.peopleAt)}</p>`}
    ${planned.around && html`<p class="hint">${w.aroundAll(planned.around)}</p>`}
    ${planned.passed.length > 0 && html`<p class="hint">${w.passedOver(planned.passed.join(", "))}</p>`}`;
}
