// A one-time code that was just made, with its QR code for a phone. Shown this once.
import { html } from "../shared/html.js";
import { day } from "../shared/times.js";
import { words } from "../shared/words.js";
/** @import { CodeMade } from "../types/openapi" */

// What a camera needs to see around the code, in modules (ISO/IEC 18004).
const QUIET = 4;
const HERE = ["localhost", "127.0.0.1", "[::1]"];

/** @param {{ made: CodeMade }} props */
export function CodeCard({ made }) {
  const w = words.value;
  const { code, expires_at: until, link, qr } = made;
  const whole = qr.size + 2 * QUIET;
  return html`<div class="code-card" role="status">
    <h2>${w.codeMade}</h2>
    <p class="number">${code}</p>
    <svg class="qr" viewBox=${`${-QUIET} ${-QUIET} ${whole} ${whole}`} role="img" aria-label=${w.codeQr}>
      <rect x=${-QUIET} y=${-QUIET} width=${whole} height=${whole} fill="#fff" /><path d=${qr.path} fill="#000" />
    </svg>
    <p class="hint">${w.codeText(day(until))}</p>
    ${HERE.includes(location.hostname) && html`<p class="hint">${w.codeHere}</p>`}
    <p class="hint">${w.codeLink} <code>${link}</code></p>
  </div>`;
}
