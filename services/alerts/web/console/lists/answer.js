// The signed answer to an invitation, once it is signed.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
import { Signed } from "./signed.js";
/** @import { ListAnswer } from "../../types/openapi" */

/** @param {{ list: string }} props */
export function Answer({ list }) {
  const w = words.value.lists;
  const view = useSignal(/** @type {ListAnswer | null} */ (null));
  useEffect(
    () => watch(() => desk("GET /federation/subscriptions/{list}/answer", { path: { list } }), () => true, (now) => (view.value = now)),
    [list],
  );
  const now = view.value;
  if (now === null) return html`<p class="doing" role="status"><${Icon} name="run" />${w.beingSigned}</p>`;
  return html`<${Signed} name=${`${now.list}-${now.hospital}.answer`} text=${now.answer} fingerprint=${now.fingerprint} qr=${now.qr} title=${w.answer} />`;
}
