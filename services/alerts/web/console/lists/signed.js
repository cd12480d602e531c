// What was signed, to be handed over: as a file and as a QR code, with the characters that are read out by telephone.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { watch } from "../watch.js";
import { words } from "../words.js";
/** @import { InvitationView, ListAnswer, QrCode } from "../../types/openapi" */

// What a camera needs to see around the code, in modules (ISO/IEC 18004).
const QUIET = 4;
const READ_OUT = 16;

/** @param {string} fingerprint */
export const readOut = (fingerprint) => fingerprint.replaceAll("-", "").slice(-READ_OUT).replace(/(.{4})(?=.)/g, "$1 ");

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

/** @param {{ name: string, title: string, text: string, fingerprint: string, qr: QrCode | null }} props */
function Signed({ name, title, text, fingerprint, qr }) {
  const w = words.value.lists;
  const save = () => {
    const url = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  const whole = qr === null ? 0 : qr.size + 2 * QUIET;
  return html`<div class="signed" role="group" aria-label=${title}>
    <p>${w.handOver}</p>
    <button type="button" class="second" onClick=${save}><${Icon} name="down" />${name}</button>
    ${qr !== null &&
    html`<svg class="qr large" viewBox=${`${-QUIET} ${-QUIET} ${whole} ${whole}`} role="img" aria-label=${w.qr(title)}>
      <rect x=${-QUIET} y=${-QUIET} width=${whole} height=${whole} fill="#fff" /><path d=${qr.path} fill="#000" />
    </svg>`}
    <p>${w.readOut}</p>
    <p class="number">${readOut(fingerprint)}</p>
  </div>`;
}
