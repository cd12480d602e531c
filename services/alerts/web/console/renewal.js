// Asking for a later end, which another account approves.
import { useSignal } from "@preact/signals";
import { desk, entryPath } from "./desk.js";
import { afterDay, dayIn, today } from "./days.js";
import { html, Text, WithReason } from "./parts.js";
import { words } from "./words.js";

export function Renew({ entry, changed, done }) {
  const w = words.value;
  const until = useSignal(dayIn({ years: 1 }));
  const renew = async (reason) => {
    const said = { expires_at: afterDay(until.value), reason };
    changed(await desk("POST", entryPath(entry.id, "renewal"), { said }));
  };
  return html`<${WithReason} name="renew" title=${w.actTitle("renew", entry.label)} text=${w.actTexts.renew}
    button=${w.acts.renew} work=${renew} done=${done}>
    <${Text} id="renew-until" type="date" label=${w.lastDay} value=${until.value} min=${today()} required
      onInput=${(day) => (until.value = day)} />
  <//>`;
}
