// Which generation of the list the record has, and how far each matcher has read it.
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { readable } from "./kept.js";
import { words } from "./words.js";

const AGAIN_MS = 20_000;

/** @param {{ waits: number | null, away: boolean }} props how long a change has waited to be published */
export function ListOnMatchers({ waits, away }) {
  const w = words.value;
  const { found, fault, again } = useReading(() => desk("GET /watchlist/matchers"));
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const known = found.value;
  return html`<section class="card" aria-labelledby="list-on">
    <h2 id="list-on">${w.list}</h2>
    ${known === null && html`<${Loading} fault=${fault} />`}
    ${known && html`<p><b>${w.generation(known.generation)}</b> ${w.liveOn(known.live, known.matchers.length)}</p>`}
    ${!away && html`<p class="hint">${waits === null ? w.published : w.unpublished(readable(waits))}</p>`}
    ${known?.matchers.length === 0 && html`<p class="nobody">${w.noMatcher}</p>`}
    ${known && known.matchers.length > 0 &&
    html`<div class="wide" tabindex="0" role="group" aria-label=${w.list}><table>
      <thead><tr><th>${w.matcher}</th><th>${w.entries}</th><th>${w.photos}</th><th>${w.locked}</th><th>${w.index}</th><th>${w.readTo}</th><th>${w.clock}</th></tr></thead>
      <tbody>${known.matchers.map(
        (each) => html`<tr key=${each.name}><th scope="row">${each.name}<small>${each.silent ? w.silent : w.lives}</small></th>
          <td>${each.entries}</td><td>${each.templates}</td><td>${each.locked}</td><td>${each.index_generation}</td><td>${each.applied_sequence}</td>
          <td>${w.seconds((each.clock_skew_ms / 1000).toFixed(1))}</td></tr>`,
      )}</tbody>
    </table></div>`}
  </section>`;
}
