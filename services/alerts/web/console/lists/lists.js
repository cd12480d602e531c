// Lists that hospitals share: those that are published here, and those of others that were joined.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { JoinForm } from "./join-form.js";
import { Joined } from "./joined.js";
import { PublishForm } from "./publish-form.js";
import { Published } from "./published.js";

const LOOK_MS = 5_000;

export function Lists() {
  const w = words.value.lists;
  const adds = useSignal(/** @type {"publish" | "join" | null} */ (null));
  const published = useReading(() => desk("GET /federation/lists"));
  const joined = useReading(() => desk("GET /federation/subscriptions"));
  useEffect(() => {
    const looking = setInterval(() => {
      published.again();
      joined.again();
    }, LOOK_MS);
    return () => clearInterval(looking);
  }, []);
  const changed = () => {
    adds.value = null;
    published.again();
    joined.again();
  };
  const none = published.found.value?.lists.length === 0 && joined.found.value?.subscriptions.length === 0;
  return html`<section class="page">
    <h1>${w.title}</h1>
    <p class="hint">${w.text}</p>
    <div class="buttons">
      ${state.may("publish_list") && html`<button type="button" class="second" onClick=${() => (adds.value = "publish")}>${w.publish}</button>`}
      ${state.may("join_list") && html`<button type="button" class="second" onClick=${() => (adds.value = "join")}>${w.join}</button>`}
    </div>
    ${adds.value === "publish" && html`<${PublishForm} done=${changed} />`}
    ${adds.value === "join" && html`<${JoinForm} done=${changed} />`}
    ${published.found.value === null
      ? html`<${Loading} fault=${published.fault} />`
      : published.found.value.lists.map((list) => html`<${Published} key=${list.list} list=${list.list} />`)}
    ${joined.found.value === null
      ? html`<${Loading} fault=${joined.fault} />`
      : joined.found.value.subscriptions.map((list) => html`<${Joined} key=${list.list} list=${list} changed=${changed} />`)}
    ${none && html`<p class="nobody">${w.none}</p>`}
  </section>`;
}
