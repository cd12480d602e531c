// What this page is good for at the moment, and what is always at hand.
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { address, go } from "../shared/place.js";
import { clock } from "../shared/times.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
import { Badge } from "./badge.js";
import { Languages } from "./languages.js";
import { Matching } from "./matching.js";

/** @param {MouseEvent & { currentTarget: HTMLElement }} event */
function checkPhone({ currentTarget }) {
  currentTarget.closest("details")?.removeAttribute("open");
  go();
  state.atShift.value = true;
}

export function TopBar() {
  const w = words.value;
  const status = state.status.value;
  const initials = state.account.value.slice(0, 2);
  return html`<header class="top">
    <span class=${`pulse ${status}`} aria-hidden="true"></span>
    <p class="heard" role="status">
      <b>${w.status[status]}</b>
      ${state.checkedAt.value && html`<span>${w.lastCheck(clock(state.checkedAt.value))}</span>`}
      ${state.may("set_matching") && html`<span class="matches">${whereMatching()}</span>`}
    </p>
    ${state.reads.value &&
    !state.keeping.value &&
    html`<a class="keep" href=${address("watchlist")}><${Icon} name="list" /><span>${w.watchlist}</span><${Badge} /></a>`}
    ${state.may("set_matching") && html`<${Matching} />`}
    <details class="menu">
      <summary aria-label=${`${initials}: ${state.account.value}`}>${initials}</summary>
      <div>
        <p><b>${state.account.value}</b></p>
        <${Languages} />
        ${state.may("respond") && html`<button onClick=${checkPhone}>${w.checkPhone}</button>`}
        <a class="second" href=${address("account")}>${w.myAccount}</a>
        ${state.may("list_accounts") && html`<a class="second" href=${address("accounts")}>${w.accounts}</a>`}
        <button onClick=${state.signOut}>${w.signOut}</button>
      </div>
    </details>
  </header>`;
}

// Whether matching runs: nothing is claimed while the page hears nothing.
function whereMatching() {
  const w = words.value;
  const [stopped, all] = [state.stopped.value, state.sites.value.length];
  if (state.lost.value || (all === 0 && stopped.length === 0)) return w.matchingUnknown;
  if (stopped.length === 0) return w.matchingRuns;
  return stopped.length === 1 ? w.matchingStoppedAt(stopped[0]) : w.matchingStoppedAtMany(stopped.length, Math.max(all, stopped.length));
}
