// What an account is for: its role, its sites, and its name at the hospital's sign-in.
import { bound, onText } from "../shared/fields.js";
import { html } from "../shared/html.js";
import { ways } from "../state/state.js";
import { words } from "./words.js";
/** @import { Signal } from "@preact/signals" */

/** @param {{ role: Signal<string>, sites: Signal<string>, identity: Signal<string> }} props */
export function PurposeFields({ role, sites, identity }) {
  const w = words.value;
  return html`<div class="field"><label for="role">${w.role}</label>
      <select id="role" value=${role.value} onChange=${onText((chosen) => (role.value = chosen))} aria-describedby="role-hint">
        ${Object.entries(w.roles).map(([code, name]) => html`<option value=${code}>${name}</option>`)}
      </select>
      <p id="role-hint" class="hint">${w.duties[role.value]}</p></div>
    <div class="field"><label for="sites">${w.sites}</label>
      <input id="sites" ...${bound(sites)} spellcheck=${false} aria-describedby="sites-hint" />
      <p id="sites-hint" class="hint">${w.sitesHint}</p></div>
    ${(ways.value.oidc !== null || identity.value !== "") &&
    html`<div class="field"><label for="identity">${w.identity}</label>
      <input id="identity" ...${bound(identity)} maxlength="255" spellcheck=${false} aria-describedby="identity-hint" />
      <p id="identity-hint" class="hint">${w.identityHint}</p></div>`}`;
}
