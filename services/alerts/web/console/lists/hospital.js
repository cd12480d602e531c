// One hospital of a list, and what may be done with it.
import { useSignal } from "@preact/signals";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { desk } from "../desk.js";
import { Command } from "../first-hour/command.js";
import { moment } from "../formats.js";
import { Facts } from "../parts/facts.js";
import { Fault } from "../parts/fault.js";
import { WithReason } from "../parts/with-reason.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { AdmitForm } from "./admit-form.js";
import { Invitation } from "./invitation.js";
import { Renewal } from "./renewal.js";
/** @import { HospitalView } from "../../types/openapi" */

/** @param {{ list: string, of: HospitalView, changed: () => Promise<void>, done: () => void }} props */
export function Hospital({ list, of, changed, done }) {
  const w = words.value.lists;
  const action = useAction();
  const asks = useSignal(/** @type {"removal" | null} */ (null));
  const path = { list, hospital: of.hospital };
  const own = of.asked_by === state.account.value;
  const admitted = of.state === "admitted";
  /** @param {() => Promise<unknown>} work */
  const act = (work) => action.run(async () => { await work(); await changed(); });
  const approve = () => act(() => desk("POST /federation/lists/{list}/hospitals/{hospital}/invitation/approval", { path }));
  const admit = () =>
    act(() => desk("POST /federation/lists/{list}/hospitals/{hospital}/admission", { path, body: { fingerprint: of.fingerprint } }));
  const waits = of.state === "asked" || of.state === "answered";
  return html`<section class="card" aria-labelledby="hospital-title">
    <h3 id="hospital-title">${of.title} <small>${of.hospital}</small></h3>
    <${Facts} rows=${[
      [w.keys, admitted && String(of.keys)], [w.answersFingerprint, of.fingerprint && html`<code>${of.fingerprint}</code>`],
      [w.admittedAt, of.admitted_at && moment(of.admitted_at)], [w.suspendedThere, of.hello && String(of.hello.suspended)],
    ]} />
    ${waits && own && html`<p class="notice">${w.another}</p>`}
    ${of.state === "invited" && state.may("show_invitation") && html`<${Invitation} path=${path} />`}
    ${of.state === "invited" && state.may("admit_hospital") && html`<${AdmitForm} path=${path} done=${changed} />`}
    ${admitted && state.may("approve_admission") && html`<p>${w.letIn}</p><${Command} line=${`wardwatch federation approve ${list} ${of.hospital} --as ${state.account.value}`} />`}
    ${of.renewal && of.renewal.accepted_by === null &&
    html`<${Renewal} of=${of.renewal} may=${state.may("accept_hospital_keys")} accept=${(/** @type {string} */ fingerprint) =>
      act(() => desk("POST /federation/lists/{list}/hospitals/{hospital}/renewal", { path, body: { fingerprint } }))} />`}
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      ${of.state === "asked" && !own && state.may("approve_invitation") && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${approve}>${w.approveInvitation}</button>`}
      ${of.state === "answered" && !own && state.may("approve_admission") && html`<button type="button" class="go" disabled=${action.busy.value} onClick=${admit}>${w.approveAdmission}</button>`}
      <button type="button" class="second" onClick=${done}>${w.close}</button>
      ${of.state !== "removed" && state.may("remove_hospital") && html`<button type="button" class="second last" onClick=${() => (asks.value = "removal")}>${w.remove}</button>`}
    </div>
    ${asks.value === "removal" &&
    html`<${WithReason} name="removal" title=${w.removeTitle(of.title)} text=${w.removeText} button=${w.remove} danger
      work=${(/** @type {string} */ reason) => desk("POST /federation/lists/{list}/hospitals/{hospital}/removal", { path, body: { reason } })}
      done=${() => { asks.value = null; changed(); }} />`}
  </section>`;
}
