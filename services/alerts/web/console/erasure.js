// Erasing everything about a person, and the receipts as they come.
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { desk, entryPath, useDeed } from "./desk.js";
import { watch } from "./live.js";
import { Box, Facts, Fault, html, Icon, Text } from "./parts.js";
import { moment, reason as reasonOf, words } from "./words.js";

const WORD = "ERASE";
const HOLD_MS = 1500;

export function Erase({ entry, done, erased }) {
  const w = words.value;
  const typed = useSignal("");
  const reason = useSignal("");
  const deed = useDeed();
  const said = reason.value.trim();
  const ready = said.length >= 3;
  const sure = typed.value.trim().toUpperCase() === WORD;
  const erase = async () => {
    const answer = await deed.run(() => desk("POST", entryPath(entry.id, "erasure"), { said: { reason: said } }));
    if (answer === undefined) return;
    done();
    await erased();
  };
  const send = (event) => {
    event.preventDefault();
    if (ready && sure) erase();
  };
  return html`<${Box} name="erase" title=${w.actTitle("erase", entry.label)} done=${done}>
    <form onSubmit=${send}>
      <p>${w.eraseText}</p>
      <${Text} id="erase-reason" label=${w.reason} lines=${2} value=${reason.value} required minlength="3" maxlength="500"
        onInput=${(text) => (reason.value = text)} />
      <${Text} id="erase-word" label=${w.typeErase} hint=${w.orHold} value=${typed.value} autocomplete="off"
        spellcheck=${false} onInput=${(text) => (typed.value = text)} />
      <${Fault} fault=${deed.fault} />
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <${Hold} disabled=${!ready || deed.busy.value} sure=${sure} held=${erase} text=${w.acts.erase} />
      </div>
    </form>
  <//>`;
}

// Sends the form when the word is typed; without it, only when it is held long enough.
function Hold({ disabled, sure, held, text }) {
  const w = words.value;
  const timer = useRef(0);
  const holding = useSignal(false);
  const end = () => {
    clearTimeout(timer.current);
    holding.value = false;
  };
  const begin = () => {
    if (sure || disabled) return;
    holding.value = true;
    timer.current = setTimeout(() => {
      end();
      held();
    }, HOLD_MS);
  };
  useEffect(() => end, []);
  return html`<button class=${holding.value ? "danger hold holding" : "danger hold"} type=${sure ? "submit" : "button"}
    disabled=${disabled} onPointerDown=${begin} onPointerUp=${end} onPointerLeave=${end} onPointerCancel=${end}
    onContextMenu=${(event) => event.preventDefault()}
  ><span>${holding.value ? w.keepHolding : sure ? text : w.holdToErase}</span></button>`;
}

export function Erasure({ id }) {
  const w = words.value;
  const seen = useSignal(null);
  useEffect(
    () => watch(() => desk("GET", entryPath(id, "erasure")), (now) => now.complete, (now) => (seen.value = now)),
    [id],
  );
  const now = seen.value;
  if (now === null) return html`<p class="muted" role="status">${w.loading}</p>`;
  const all = now.receipts.length + now.owed.length;
  return html`<section class="card erasure">
    <h2>${w.erasure}</h2>
    <p class=${now.complete ? "doing done" : "doing"} role="status">
      <${Icon} name=${now.complete ? "check" : "run"} />
      ${w.signed(now.receipts.length, all)}${now.complete && html`<span>${w.erasureComplete}</span>`}
    </p>
    <ul class="receipts">
      ${now.receipts.map(
        (receipt) => html`<li key=${receipt.matcher + receipt.incarnation}><${Icon} name="check" /><b>${receipt.matcher}</b><span>${w.letGo(moment(receipt.released_at))}</span></li>`,
      )}
      ${now.owed.map(
        (owed) => html`<li key=${owed.matcher} class="owed"><${Icon} name="run" /><b>${owed.matcher}</b><span>${owed.silent ? w.owedSilent(moment(owed.seen_at)) : w.owed}</span></li>`,
      )}
    </ul>
    <${Facts} rows=${[
      [w.erasedBy, `${now.erased_by} · ${moment(now.erased_at)}`],
      [w.reasonSaid, reasonOf(now.reason)],
      [w.keyDestroyed, now.key_destroyed_at ? moment(now.key_destroyed_at) : w.notYet],
      [w.streamPurged, now.stream_purged_at ? moment(now.stream_purged_at) : w.notYet],
    ]} />
  </section>`;
}
