// Which screen a person sees.
import { Desk } from "./alerts/desk.js";
import { SignIn } from "./frame/sign-in.js";
import { Waiting } from "./frame/waiting.js";
import { LateAccounts } from "./late-accounts.js";
import { LateConsole } from "./late-console.js";
import { html } from "./shared/html.js";
import * as state from "./state/state.js";

export function Page() {
  if (state.me.value === undefined) return html`<${Waiting} />`;
  if (state.me.value === null) return html`<${SignIn} />`;
  if (state.ofAccounts.value) return html`<${LateAccounts} />`;
  if (state.keeping.value) return html`<${LateConsole} />`;
  return html`<${Desk} />`;
}
