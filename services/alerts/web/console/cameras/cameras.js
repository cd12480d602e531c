// Every camera: how it was heard of last, what is refused and why, where it is, and what is done at the machine.
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Camera } from "./camera.js";
/** @import { ZoneView } from "../../types/openapi" */

const AGAIN_MS = 3000;

export function Cameras() {
  const w = words.value.cameras;
  const heard = useReading(() => ask("GET /state"));
  const zones = useReading(async () =>
    state.may("show_arrangements") ? (await ask("GET /delivery/arrangements")).zones : /** @type {ZoneView[]} */ ([]),
  );
  useEffect(() => {
    const timer = setInterval(heard.again, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const cameras = heard.found.value?.cameras ?? null;
  return html`<section class="page narrow">
    <h1>${w.title}</h1>
    ${cameras === null && html`<${Loading} fault=${heard.fault} />`}
    ${cameras?.length === 0 && html`<p class="nobody">${w.none}</p>`}
    ${cameras?.map(
      (camera) => html`<${Camera} key=${`${camera.site}/${camera.camera}`} camera=${camera} zones=${zones.found.value ?? []} />`,
    )}
    <section class="card">
      <h2>${w.atTheMachine}</h2>
      <p>${w.atTheMachineText}</p>
      <p class="hint">${w.noPicture}</p>
    </section>
  </section>`;
}
