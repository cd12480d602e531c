// A list of another publisher to join: its invitation, the characters that were read out, and the sites.
import { useSignal } from "@preact/signals";
import { bound, onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { TextField } from "../parts/text-field.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { SignedField } from "./signed-field.js";

/** @param {{ done: () => void }} props */
export function JoinForm({ done }) {
  const w = words.value.lists;
  const [invitation, heard, sites] = [useSignal(""), useSignal(""), useSignal("")];
  const action = useAction();
  const send = async () => {
    const body = {
      invitation: invitation.value.replace(/\s/g, ""), fingerprint: heard.value, sites: sites.value.split(/[\s,，、]+/).filter(Boolean),
    };
    if ((await action.run(() => desk("POST /federation/subscriptions", { body }))) !== undefined) done();
  };
  return html`<form class="card form" onSubmit=${onSubmit(send)} aria-label=${w.join}>
    <${SignedField} id="join-invitation" label=${w.invitation} text=${invitation} />
    <${TextField} id="join-heard" label=${w.heard} hint=${w.heardHint} ...${bound(heard)} required minlength="16" maxlength="100" autocomplete="off" spellcheck=${false} />
    <${TextField} id="join-sites" label=${w.sites} hint=${w.sitesHint} ...${bound(sites)} required autocomplete="off" />
    <${Fault} fault=${action.fault} />
    <div class="buttons">
      <button class="go" disabled=${action.busy.value}>${w.askToJoin}</button>
      <button type="button" class="second" onClick=${done}>${words.value.cancel}</button>
    </div>
  </form>`;
}
