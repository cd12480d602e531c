// What the list is held to: the threshold that two people change, and what somebody should look at again.
import { Reviewing } from "../../frame/reviewing.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
import { ReviewList } from "./reviews.js";
import { Threshold } from "./threshold.js";

export function Policy() {
  const w = words.value;
  return html`<section class="page">
    <h1>${w.policyTitle}</h1>
    <div class="columns">
      <div><${Threshold} /></div>
      <div><${ReviewList} />${state.may("show_reviewing") && html`<${Reviewing} />`}</div>
    </div>
  </section>`;
}
