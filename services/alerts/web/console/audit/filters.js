// What to show: nothing is asked for before somebody says so, for each look is recorded.
import { useSignal } from "@preact/signals";
import { bound, onSubmit, onText } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { go } from "../../shared/place.js";
import { ask } from "../desk.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useReading } from "../use-reading.js";
import { Kinds } from "./kinds.js";
import { ANYTHING, wanted } from "./sought.js";
import { words } from "./words.js";

export function AuditFilters() {
  const w = words.value;
  const now = wanted.value;
  const [since, until] = [useSignal(now.since), useSignal(now.until)];
  const [account, kind, about] = [useSignal(now.account), useSignal(now.kind), useSignal(now.about)];
  const accounts = useReading(() => ask("GET /accounts"));
  /** @param {typeof ANYTHING} next */
  const show = (next) => {
    go("audit");
    wanted.value = next;
  };
  const send = () =>
    show({ since: since.value, until: until.value, account: account.value, kind: kind.value, about: about.value });
  return html`<form class="card form" onSubmit=${onSubmit(send)} aria-label=${w.filter}>
    <div class="pair-of-fields">
      <${TextField} id="audit-since" type="date" label=${w.since} ...${bound(since)} />
      <${TextField} id="audit-until" type="date" label=${w.until} min=${since.value} ...${bound(until)} />
      <${TextField} id="audit-account" label=${w.account} hint=${w.accountHint} list="audit-accounts" maxlength="200" ...${bound(account)} />
      <${Field} id="audit-kind" label=${w.kind}>
        <select id="audit-kind" value=${kind.value} onChange=${onText((choice) => (kind.value = choice))}>
          <option value="">${w.everything}</option>
          <${Kinds} />
        </select>
      <//>
    </div>
    <${TextField} id="audit-about" label=${w.about} hint=${w.aboutHint} maxlength="200" ...${bound(about)} />
    <datalist id="audit-accounts">${accounts.found.value?.accounts.map(({ name }) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <div class="buttons">
      <button class="go">${w.show}</button>
      ${now !== ANYTHING && html`<button type="button" class="second" onClick=${() => show(ANYTHING)}>${w.clear}</button>`}
    </div>
  </form>`;
}
