// Pieces that several screens share.
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Refused } from "../client.js";
import { address } from "../place.js";
import * as state from "../state.js";
import { html, Icon } from "../views.js";
import { useDeed } from "./desk.js";
import { until, words } from "./words.js";

export { html, Icon };

// Why it was refused; without an answer it is said that nobody knows.
export function Fault({ fault }) {
  const error = fault.value;
  if (error === null) return null;
  const { text, aside } = error instanceof Refused ? error.told : { text: words.value.noAnswer, aside: "" };
  return html`<p class="complaint" role="alert"><${Icon} name="alarm" /><span>${text}${aside && html` <small lang="en">${aside}</small>`}</span></p>`;
}

export function Loading({ fault }) {
  if (fault.value) return html`<${Fault} fault=${fault} />`;
  return html`<p class="muted" role="status">${words.value.loading}</p>`;
}

export function State({ of }) {
  return html`<span class=${`chip state-${of}`}>${words.value.states[of] ?? of}</span>`;
}

export function Verdict({ of }) {
  return html`<span class=${`chip verdict-${of}`}>${words.value.verdicts[of] ?? of}</span>`;
}

// Counts down by the second only where seconds matter.
export function Countdown({ to }) {
  const left = Date.parse(to) - Date.now();
  if (left > 0 && left < 86_400_000) void state.ticking.value;
  return html`<time dateTime=${to} class=${left < 30 * 86_400_000 ? "soon" : ""}>${until(to)}</time>`;
}

export function Facts({ rows }) {
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== null && value !== "" && value !== undefined)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

// A label and what it is for. `hint` is read out with it.
export function Field({ id, label, hint, children }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`;
}

export function Text({ id, label, hint, value, lines, onInput, ...rest }) {
  const what = {
    id,
    value,
    onInput: (event) => onInput(event.target.value),
    "aria-describedby": hint ? `${id}-hint` : undefined,
    ...rest,
  };
  return html`<${Field} id=${id} label=${label} hint=${hint}>
    ${lines ? html`<textarea rows=${lines} ...${what}></textarea>` : html`<input ...${what} />`}
  <//>`;
}

// Filters side by side; `shown` maps each value to its words.
export function Chips({ label, value, shown, onChoose }) {
  return html`<div class="chips" role="group" aria-label=${label}>
    ${Object.entries(shown).map(
      ([key, text]) => html`<button
        type="button" class="filter" key=${key} aria-pressed=${value === key ? "true" : "false"}
        onClick=${() => onChoose(key)}
      >${text}</button>`,
    )}
  </div>`;
}

export function More({ pages }) {
  if (pages.next.value === null && pages.moreFault.value === null) return null;
  return html`<div class="more">
    <${Fault} fault=${pages.moreFault} />
    <button type="button" class="second" disabled=${pages.busy.value} onClick=${pages.more}>${words.value.more}</button>
  </div>`;
}

export function Box({ title, name, done, children }) {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.focus();
  }, []);
  return html`<dialog ref=${box} class="box" onClose=${done} aria-labelledby=${`${name}-title`}>
    <h2 id=${`${name}-title`}>${title}</h2>
    ${children}
  </dialog>`;
}

// Asks why, does it, and closes when it is done. `word` must be typed first where there is no way back.
export function WithReason({ name, title, text, button, danger, work, done, children }) {
  const w = words.value;
  const reason = useSignal("");
  const deed = useDeed();
  const send = async (event) => {
    event.preventDefault();
    const answer = await deed.run(async () => (await work(reason.value.trim())) ?? true);
    if (answer !== undefined) done();
  };
  return html`<${Box} title=${title} name=${name} done=${done}>
    <form onSubmit=${send}>
      ${text && html`<p>${text}</p>`}
      ${children}
      <${Text} id=${`${name}-reason`} label=${w.reason} lines=${2} value=${reason.value}
        onInput=${(typed) => (reason.value = typed)} required minlength="3" maxlength="500" />
      <${Fault} fault=${deed.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <button class=${danger ? "danger" : "go"} disabled=${deed.busy.value || reason.value.trim().length < 3}>${button}</button>
      </div>
    </form>
  <//>`;
}

// Asks once more before something that takes no reason.
export function Sure({ title, text, button, danger, deed, send, done, children }) {
  return html`<${Box} name="sure" title=${title} done=${done}>
    <form onSubmit=${send}>
      <p>${text}</p>
      ${children}
      <${Fault} fault=${deed.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
        <button class=${danger ? "danger" : "go"} disabled=${deed.busy.value}>${button}</button>
      </div>
    </form>
  <//>`;
}

export function Back({ to, text }) {
  return html`<a class="back" href=${address(...to)}><${Icon} name="back" />${text}</a>`;
}
