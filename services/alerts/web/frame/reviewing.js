// What control pairs say of reviewers: of oneself, or of all.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../shared/html.js";
import { call } from "../shared/request.js";
import { words } from "../shared/words.js";
/** @import { ReviewerErrors, ErrorShare } from "../types/openapi" */

export function Reviewing() {
  const w = words.value;
  const found = useSignal(/** @type {ReviewerErrors[]} */ ([]));
  useEffect(() => {
    // Nobody asked for it: where it cannot be had there is nothing to say.
    call("GET /reviewing").then((reviewing) => (found.value = reviewing.reviewers), () => {});
  }, []);
  if (found.value.length === 0) return null;
  return html`<section class="reviewing">
    <h2>${w.reviewing}</h2>
    <p class="muted">${w.controlWhy}</p>
    ${found.value.map((each) => html`<div key=${each.reviewer}>
      <h3>${w.controlsShown(each.reviewer, each.shown)}</h3>
      <ul>
        <li>${w.wrongSame(each.wrong_same.count, each.wrong_same.of)} ${between(each.wrong_same)}</li>
        <li>${w.wrongNotSame(each.wrong_not_same.count, each.wrong_not_same.of)} ${between(each.wrong_not_same)}</li>
        <li>${w.couldNotTell(each.cannot_tell.count, each.cannot_tell.of)}</li>
      </ul>
    </div>`)}
  </section>`;
}

/** @param {ErrorShare} share */
function between({ of, low, high }) {
  return of === 0 ? "" : words.value.between(Math.round(low * 100), Math.round(high * 100));
}
