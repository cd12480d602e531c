// Two who look alike, side by side, until somebody says whether they are one person.
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import { desk, entryPath, useDeed } from "./desk.js";
import { FirstFace } from "./faces.js";
import { Fault, html, State, Text } from "./parts.js";
import { moment, words } from "./words.js";

// `decided` is given the entry as the desk answers.
export function Pair({ entry, label, likeness, decides, decided }) {
  const w = words.value;
  const asked = useSignal(0);
  const other = likeness.state === "erased" ? w.erasedPerson : likeness.label || w.noLabel;
  return html`<article class="pair">
    <div class="two">
      <figure>
        <${FirstFace} entry=${entry} alt=${label || w.noLabel} asked=${asked.value} />
        <figcaption><a href=${address("watchlist", entry)}>${label || w.noLabel}</a></figcaption>
      </figure>
      <figure>
        ${likeness.state === "erased"
          ? html`<div class="face"><p class="nothing">${w.erasedPerson}</p></div>`
          : html`<${FirstFace} entry=${likeness.other} alt=${other} asked=${asked.value} />`}
        <figcaption><a href=${address("watchlist", likeness.other)}>${other}</a> <${State} of=${likeness.state} /></figcaption>
      </figure>
    </div>
    <p class="strength"><b>${w.strengths[likeness.strength]}</b>
      <button type="button" class="plain" onClick=${() => (asked.value += 1)}>${w.showBoth}</button></p>
    ${likeness.decision === null
      ? decides ? html`<${Decide} entry=${entry} other=${likeness.other} decided=${decided} />` : html`<p class="muted">${w.undecided}</p>`
      : html`<p class="decided"><b>${w.decisions[likeness.decision]}</b>
          <span>${likeness.decided_by} · ${moment(likeness.decided_at)} · ${likeness.reason}</span></p>`}
    ${decides && likeness.decision === "same_person" && likeness.state !== "erased" &&
    html`<${Same} entry=${entry} other=${likeness.other} decided=${decided} />`}
  </article>`;
}

// One person: the draft takes the other's place, with its photos if somebody takes them over.
function Same({ entry, other, decided }) {
  const w = words.value;
  const deed = useDeed();
  const take = () => deed.run(async () => decided(await desk("POST", entryPath(entry, "likenesses", other, "photos"))));
  return html`<div class="same">
    <p class="hint">${w.sameHint}</p>
    <button type="button" class="second" disabled=${deed.busy.value} onClick=${take}>${w.takePhotos}</button>
    <${Fault} fault=${deed.fault} />
  </div>`;
}

function Decide({ entry, other, decided }) {
  const w = words.value;
  const reason = useSignal("");
  const deed = useDeed();
  const ready = reason.value.trim().length >= 3 && !deed.busy.value;
  const say = (decision) =>
    deed.run(async () => {
      const said = { decision, reason: reason.value.trim() };
      decided(await desk("POST", entryPath(entry, "likenesses", other), { said }));
    });
  return html`<div class="decide" role="group" aria-label=${w.isItOne}>
    <${Text} id=${`why-${entry}-${other}`} label=${w.isItOne} placeholder=${w.reason} value=${reason.value}
      maxlength="500" onInput=${(text) => (reason.value = text)} />
    <div class="choices even">
      <button type="button" class="second" disabled=${!ready} onClick=${() => say("same_person")}>${w.decisions.same_person}</button>
      <button type="button" class="second" disabled=${!ready} onClick=${() => say("different_people")}>${w.decisions.different_people}</button>
    </div>
    <${Fault} fault=${deed.fault} />
    <p class="hint">${w.decisionHint}</p>
  </div>`;
}
