// Every replica that lives, and how many cameras' shares it has.
import { html } from "../../shared/html.js";
import { readable } from "./kept.js";
import { words } from "./words.js";
/** @import { ReplicaView } from "../../types/openapi" */

const DIVIDING = ["detector", "embedder", "matcher"];

/** @param {{ replicas: ReplicaView[] }} props */
export function Living({ replicas }) {
  const w = words.value;
  return html`<section class="card" aria-labelledby="living">
    <h2 id="living">${w.living}</h2>
    ${replicas.length === 0 && html`<p class="nobody">${w.nobody}</p>`}
    <ul class="arranged">${replicas.map(
      (each) => html`<li key=${`${each.stage} ${each.replica}`}>
        <p><b>${w.names[each.stage] ?? each.stage}</b> <code>${each.replica.slice(0, 8)}</code></p>
        <p class="hint">${w.heardBefore(readable(each.silent_seconds))}${DIVIDING.includes(each.stage) && ` · ${w.shares(each.shares)}`}</p>
      </li>`,
    )}</ul>
  </section>`;
}
