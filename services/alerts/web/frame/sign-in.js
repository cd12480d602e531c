// The first screen: a one-time code, a passkey, or the hospital's own sign-in.
import { useSignal } from "@preact/signals";
import { onSubmit } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Languages } from "./languages.js";
/** @import { FieldEvent } from "../types/page" */

export function SignIn() {
  const w = words.value;
  const typed = useSignal("");
  const busy = useSignal(false);
  const problem = state.problem.value;
  const message = problem === "offline" ? w.offline : problem === "ended" ? w.ended : problem === "ended_unsent" ? w.endedUnsent : problem;
  const send = async () => {
    busy.value = true;
    await state.signIn(typed.value);
    busy.value = false;
  };
  const byPasskey = async () => {
    busy.value = true;
    await state.signInByPasskey();
    busy.value = false;
  };
  const ways = state.ways.value;
  /** @param {FieldEvent} event */
  const type = ({ currentTarget: field }) => {
    field.value = grouped(field.value);
    typed.value = field.value;
  };
  return html`<main class="door">
    <${Languages} />
    <div class="brand">
      <${Icon} name="shield" />
      <h1>Wardwatch</h1>
      <p>${w.tagline}</p>
    </div>
    <form onSubmit=${onSubmit(send)}>
      <label for="code">${w.codeLabel}</label>
      <input
        id="code"
        name="code"
        value=${typed.value}
        onInput=${type}
        placeholder="XXXX-XXXX-XXXX"
        autocomplete="one-time-code"
        autocapitalize="characters"
        spellcheck=${false}
        required
        aria-describedby="code-hint"
      />
      <p id="code-hint" class="muted">${w.codeHint}</p>
      ${message && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${message}</p>`}
      ${!isSecureContext && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${w.insecure}</p>`}
      <button class="go" disabled=${busy.value || typed.value.length < 14}>${busy.value ? w.starting : w.start}</button>
    </form>
    ${(ways.passkeys || ways.oidc !== null) &&
    html`<div class="ways" role="group" aria-label=${w.otherWays}>
      ${ways.passkeys && html`<button class="second" disabled=${busy.value} onClick=${byPasskey}>${w.byPasskey}</button>`}
      ${ways.oidc !== null &&
      html`<button class="second" disabled=${busy.value} onClick=${() => state.goToOidc(false)}>${w.byOidc(ways.oidc)}</button>`}
    </div>`}
    <p class="care">${w.care}</p>
  </main>`;
}

/**
 * A code as it is printed: XXXX-XXXX-XXXX.
 * @param {string} text
 */
function grouped(text) {
  const signs = text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 12);
  return (signs.match(/.{1,4}/g) ?? []).join("-");
}
