// Somebody asks at the counter what is held about them: one account asks, another approves, and then it is looked for.
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { AskAccess } from "./ask.js";
import { AccessRow } from "./row.js";

const AGAIN_MS = 5000;

export function AccessRequests() {
  const w = words.value.access;
  const { found, fault, again } = useReading(() => desk("GET /watchlist/access-requests"));
  // Whoever asked waits for another account to approve.
  useEffect(() => {
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return html`<section class="page narrow">
    <h1>${w.title}</h1>
    <p class="hint">${w.text}</p>
    <p class="hint">${w.keepsNothing}</p>
    ${state.may("ask_access") && html`<${AskAccess} changed=${again} />`}
    ${found.value === null
      ? html`<${Loading} fault=${fault} />`
      : html`<p>${w.lately(found.value.asked_within_30_days)}</p>
          ${found.value.requests.length === 0
            ? html`<p class="nobody">${w.none}</p>`
            : found.value.requests.map((request) => html`<${AccessRow} key=${request.number} request=${request} changed=${again} />`)}`}
  </section>`;
}
