// A signed invitation, once it is signed.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
import { Signed } from "./signed.js";
/** @import { InvitationView } from "../../types/openapi" */

/** @param {{ path: { list: string, hospital: string } }} props */
export function Invitation({ path }) {
  const w = words.value.lists;
  const view = useSignal(/** @type {InvitationView | null} */ (null));
  useEffect(
    () =>
      watch(
        () => desk("GET /federation/lists/{list}/hospitals/{hospital}/invitation", { path }),
        (now) => now.invitation !== "",
        (now) => (view.value = now),
      ),
    [path.list, path.hospital],
  );
  const now = view.value;
  if (now === null || now.invitation === "") return html`<p class="doing" role="status"><${Icon} name="run" />${w.beingSigned}</p>`;
  return html`<${Signed} name=${`${path.list}-${path.hospital}.invitation`} text=${now.invitation} fingerprint=${now.fingerprint} qr=${now.qr} title=${w.invitation} />`;
}
