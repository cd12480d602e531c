// A test by a channel, and what became of it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
import { became } from "./became.js";
/** @import { DeliveryView } from "../../types/openapi" */

/** @param {{ channel: string }} props */
export function Try({ channel }) {
  const w = words.value.delivery;
  const view = useSignal(/** @type {DeliveryView | null} */ (null));
  const action = useAction();
  const end = useRef(() => {});
  useEffect(() => () => end.current(), []);
  const test = () =>
    action.run(async () => {
      const { delivery } = await ask("POST /delivery/channels/{channel}/test", { path: { channel } });
      end.current();
      end.current = watch(
        () => ask("GET /delivery/deliveries/{delivery}", { path: { delivery } }),
        (now) => now.state !== "waiting",
        (now) => (view.value = now),
      );
    });
  return html`<button type="button" class="second" disabled=${action.busy.value} aria-label=${w.of(w.test, channel)} onClick=${test}>${w.test}</button>
    <${Fault} fault=${action.fault} />
    ${view.value && html`<p class="whole" role="status">${w.testIs(became(view.value))}</p>`}`;
}
