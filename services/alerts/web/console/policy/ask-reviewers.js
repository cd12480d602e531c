// Asking for another number of people who must agree, at one site or everywhere.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
/** @import { ReviewersView } from "../../types/openapi" */

/** @param {{ view: ReviewersView, changed: (view: ReviewersView) => void }} props */
export function AskForReviewers({ view, changed }) {
  const w = words.value;
  const wanted = useSignal(String(view.everywhere));
  const site = useSignal("");
  const reason = useSignal("");
  const action = useAction();
  const ask = () => {
    /** @type {1 | 2 | null} */
    const reviewers = wanted.value === "" ? null : wanted.value === "1" ? 1 : 2;
    const body = { site: site.value.trim(), reviewers, reason: reason.value.trim() };
    action.run(async () => changed(await desk("POST /watchlist/reviewers", { body })));
  };
  const choices = [2, 1, ...(site.value.trim() ? [null] : [])];
  return html`<section class="card">
    <h2>${w.reviewers.another}</h2>
    <form class="form" onSubmit=${onSubmit(ask)}>
      <${TextField} id="reviewers-site" label=${w.reviewers.site} hint=${w.reviewers.siteHint} maxlength="64"
        pattern="[A-Za-z0-9_-]*" ...${bound(site)} />
      <${Field} id="reviewers" label=${w.reviewers.how}>
        <select id="reviewers" ...${bound(wanted)}>
          ${choices.map((count) => html`<option value=${count ?? ""}>${w.reviewers.people(count)}</option>`)}
        </select>
      <//>
      <${TextField} id="reviewers-reason" label=${w.reason} lines=${2} required minlength="3" maxlength="500" ...${bound(reason)} />
      <${Fault} fault=${action.fault} />
      <button class="go" disabled=${action.busy.value || reason.value.trim().length < 3}>${w.ask}</button>
    </form>
  </section>`;
}
