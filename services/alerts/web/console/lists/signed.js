// What was signed, to be handed over: as a file and as a QR code, with the characters that are read out by telephone.
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { saveFile } from "../save-file.js";
import { words } from "../words.js";
import { readOut } from "./read-out.js";
/** @import { QrCode } from "../../types/openapi" */

// What a camera needs to see around the code, in modules (ISO/IEC 18004).
const QUIET = 4;

/** @param {{ name: string, title: string, text: string, fingerprint: string, qr: QrCode | null }} props */
export function Signed({ name, title, text, fingerprint, qr }) {
  const w = words.value.lists;
  const save = () => saveFile(new Blob([`${text}\n`], { type: "text/plain" }), name);
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
