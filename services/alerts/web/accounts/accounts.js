// Which screen of accounts an address leads to, and what is around it.
import { useEffect, useRef } from "preact/hooks";
import { Banners } from "../frame/banners.js";
import { TopBar } from "../frame/top-bar.js";
import { html } from "../shared/html.js";
import { address, place } from "../shared/place.js";
import * as state from "../state/state.js";
import { Account } from "./account.js";
import { AddAccount } from "./add-account.js";
import { AccountList } from "./list.js";
import { Sessions } from "./sessions.js";
import { words } from "./words.js";

// Before anything is shown: nothing may jump when the style arrives.
await new Promise((loaded, failed) => {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "/console/console.css";
  style.onload = loaded;
  style.onerror = () => failed(new TypeError("the style of the accounts did not arrive"));
  document.head.append(style);
});

export function Accounts() {
  const w = words.value;
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const [section, which] = place.value ?? [];
  useEffect(() => main.current?.focus(), [section, which]);
  const mine = state.me.value?.id ?? "";
  const listed = state.may("list_accounts");
  const screen =
    section === "account" || !listed ? html`<${Account} id=${mine} key=${mine} />`
      : which === "new" && state.may("add_account") ? html`<${AddAccount} />`
        : which === "sessions" && state.may("list_sessions") ? html`<${Sessions} />`
        : which ? html`<${Account} id=${which} key=${which} />`
          : html`<${AccountList} />`;
  return html`<div class="desk console">
    <${TopBar} />
    <${Banners} />
    <nav class="sections" aria-label=${w.sections}>
      ${state.observes.value ? html`<a href="#">${w.alerts}</a>` : html`<a href="#/">${w.watchlist}</a>`}
      <a href=${address("account")} aria-current=${section === "account" ? "page" : undefined}>${w.mine}</a>
      ${listed &&
      html`<a href=${address("accounts")} aria-current=${section === "accounts" && which !== "sessions" ? "page" : undefined}>${w.accounts}</a>`}
      ${state.may("list_sessions") &&
      html`<a href=${address("accounts", "sessions")} aria-current=${which === "sessions" ? "page" : undefined}>${w.sessions}</a>`}
    </nav>
    <main class="sheet" ref=${main} tabindex="-1">${screen}</main>
  </div>`;
}
