// What the list is held to: the threshold that two people change, and what somebody should look at again.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { words } from "../words.js";
import { ControlPairs } from "./control-pairs.js";
import { Reviewers } from "./reviewers.js";
import { ReviewList } from "./reviews.js";
import { Threshold } from "./threshold.js";

export function Policy() {
  const w = words.value;
  return html`<section class="page">
    <h1>${w.policyTitle}</h1>
    <div class="columns">
      <div><${Threshold} /><${Reviewers} /></div>
      <div><${ReviewList} />${state.may("list_control_pairs") && html`<${ControlPairs} />`}</div>
    </div>
  </section>`;
}
