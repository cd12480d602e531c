// A list of another publisher that was joined, or is asked to be.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Command } from "../first-hour/command.js";
import { moment } from "../formats.js";
import { standing } from "../list/joined-list.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { WithReason } from "../parts/with-reason.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { Answer } from "./answer.js";
import { ApproveJoining } from "./approve-joining.js";
import { Renewal } from "./renewal.js";
/** @import { SubscriptionView } from "../../types/openapi" */

/** @typedef {"suspension" | "resumption" | "leaving"} Step */

/** @param {{ list: SubscriptionView, changed: () => void }} props */
export function Joined({ list, changed }) {
  const w = words.value.lists;
  const asks = useSignal(/** @type {Step | null} */ (null));
  const shows = useSignal(false);
  const action = useAction();
  const path = { list: list.list };
  const { text, fresh } = standing(list, Date.now());
  const joined = list.joined_at !== null && list.left_at === null;
  /** @param {Step} step @param {string} reason */
  const work = (step, reason) => desk(`POST /federation/subscriptions/{list}/${step}`, { path, body: { reason } });
  const accept = (/** @type {string} */ fingerprint) =>
    action.run(async () => { await desk("POST /federation/subscriptions/{list}/renewal", { path, body: { fingerprint } }); changed(); });
  return html`<section class="card" aria-labelledby=${`joined-${list.list}`}>
    <h2 id=${`joined-${list.list}`}>${list.title} <small>${w.joinedAs(list.list, list.hospital)}</small></h2>
    <p class=${fresh ? "doing done" : "notice"} role="status">${text}</p>
    <${Facts} rows=${[
      [w.sites, list.sites.join(", ")], [w.listedThere, joined && w.of(list.entries, list.listed)], [w.lacks, list.locked > 0 && String(list.locked)],
      [w.suspendedHere, list.suspended_here > 0 && String(list.suspended_here)], [w.unclosed, list.unclosed > 0 && String(list.unclosed)],
      [w.heardAt, list.heard_at && moment(list.heard_at)], [w.address, list.addresses.join(", ")],
    ]} />
    ${list.joined_at === null && list.left_at === null && html`<${ApproveJoining} list=${list} done=${changed} />`}
    ${joined && list.renewal && list.renewal.accepted_by === null && html`<${Renewal} of=${list.renewal} may=${state.may("accept_publisher_key")} accept=${accept} />`}
    ${joined && list.heard_at === null && html`<p>${w.dial}</p><${Command} line=${`wardwatch federation approve-joining FILE --read-out CHARACTERS --as ${list.joined_by}`} />`}
    ${joined && shows.value && html`<${Answer} list=${list.list} />`}
    <${Fault} fault=${action.fault} />
    ${joined &&
    html`<div class="buttons">
      ${state.may("show_answer") && !shows.value && html`<button type="button" class="second" onClick=${() => (shows.value = true)}>${w.showAnswer}</button>`}
      ${state.may("suspend_list") && list.suspended_at === null && html`<button type="button" class="second" onClick=${() => (asks.value = "suspension")}>${w.steps.suspension.button}</button>`}
      ${state.may("resume_list") && list.suspended_at !== null && html`<button type="button" class="go" onClick=${() => (asks.value = "resumption")}>${w.steps.resumption.button}</button>`}
      ${state.may("leave_list") && html`<button type="button" class="second last" onClick=${() => (asks.value = "leaving")}>${w.steps.leaving.button}</button>`}
    </div>`}
    ${asks.value !== null &&
    html`<${WithReason} name=${asks.value} title=${w.steps[asks.value].title(list.title)} text=${w.steps[asks.value].text} button=${w.steps[asks.value].button}
      danger=${asks.value === "leaving"} work=${(/** @type {string} */ reason) => work(asks.value ?? "suspension", reason)}
      done=${() => { asks.value = null; changed(); }} />`}
  </section>`;
}
