// Asking for a later end, which another account approves.
import { useSignal } from "@preact/signals";
import { today, yearAfter } from "../days.js";
import { desk, entryPath, useReading } from "./desk.js";
import { html, Text, WithReason } from "./parts.js";
import { words } from "./words.js";

export function Renew({ entry, changed, done }) {
  const w = words.value;
  const { found } = useReading(() => desk("GET", "/categories"));
  const latest = found.value?.categories.find((each) => each.code === entry.category)?.latest_last_day;
  const usual = yearAfter(today());
  const chosen = useSignal(null);
  const until = chosen.value ?? (latest < usual ? latest : usual);
  const renew = async (reason) => {
    const said = { last_day: until, reason };
    changed(await desk("POST", entryPath(entry.id, "renewal"), { said }));
  };
  return html`<${WithReason} name="renew" title=${w.actTitle("renew", entry.label)} text=${w.actTexts.renew}
    button=${w.acts.renew} work=${renew} done=${done}>
    <${Text} id="renew-until" type="date" label=${w.lastDay} value=${until} min=${today()} max=${latest} required
      onInput=${(day) => (chosen.value = day)} />
  <//>`;
}
