// By what incidents are looked for: folded away until somebody needs more than how far they are.
import { useSignal } from "@preact/signals";
import { bound, onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { words as pageWords } from "../../shared/words.js";
import { category } from "../formats.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Choice } from "./choice.js";
import { readChoices } from "./choices.js";
import { narrow, narrowed, sought, widen } from "./sought.js";

/** @type {(names: string[]) => [string, string][]} */
const asThey = (names) => names.map((name) => [name, name]);

export function IncidentFilters() {
  const w = words.value.incidents;
  const now = sought.value;
  const { found, fault } = useReading(readChoices);
  const label = useSignal(now.label ?? "");
  const from = found.value ?? { sites: [], cameras: [], zones: [], grounds: [], accounts: [] };
  /** @type {[string, string][]} */
  const outcomes = /** @type {const} */ (["confirmed", "rejected", "unresolved", "ended"]).map((name) => [name, w.outcomes[name]]);
  /** @type {[string, string][]} */
  const grounds = from.grounds.map(([code, title]) => [code, category(code, title)]);
  const clear = () => {
    label.value = "";
    widen();
  };
  return html`<details class="card narrowing" open=${narrowed() > 0}>
    <summary>${narrowed() > 0 ? w.narrowed(narrowed()) : w.narrow}</summary>
    <form class="choose" role="search" aria-label=${w.narrow} onSubmit=${onSubmit(() => narrow({ label: label.value.trim() }))}>
      <${Fault} fault=${fault} />
      <${Choice} id="of-site" label=${w.site} value=${now.site ?? ""} options=${asThey(from.sites)} choose=${(/** @type {string} */ site) => narrow({ site })} />
      <${Choice} id="of-camera" label=${w.camera} value=${now.camera ?? ""} options=${from.cameras} choose=${(/** @type {string} */ camera) => narrow({ camera })} />
      <${Choice} id="of-zone" label=${w.zone} value=${now.zone ?? ""} options=${asThey(from.zones)} choose=${(/** @type {string} */ zone) => narrow({ zone })} />
      <${Choice} id="of-ground" label=${words.value.category} value=${now.category ?? ""} options=${grounds} choose=${(/** @type {string} */ ground) => narrow({ category: ground })} />
      <${Choice} id="of-outcome" label=${w.outcome} value=${now.outcome ?? ""} options=${outcomes} choose=${(/** @type {string} */ outcome) => narrow({ outcome })} />
      <${Choice} id="of-account" label=${w.account} value=${now.account ?? ""} options=${asThey(from.accounts)} choose=${(/** @type {string} */ account) => narrow({ account })} />
      <${TextField} id="since" type="date" label=${w.since} value=${now.since ?? ""} onInput=${onText((since) => narrow({ since }))} />
      <${TextField} id="until" type="date" label=${w.until} value=${now.until ?? ""} onInput=${onText((until) => narrow({ until }))} />
      <div class="of-label">
        <${TextField} id="of-label" type="search" label=${pageWords.value.label} hint=${w.labelHint} maxlength="100" autocomplete="off" spellcheck=${false} ...${bound(label)} />
      </div>
      <div class="buttons">
        <button class="go">${words.value.search}</button>
        <button type="button" class="second" onClick=${clear}>${w.clear}</button>
      </div>
    </form>
  </details>`;
}
