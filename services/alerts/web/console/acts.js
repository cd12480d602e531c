// What may be done with an entry, by its state and by who asks. The desk and the database have the last word.
import { useSignal } from "@preact/signals";
import { go } from "../place.js";
import * as state from "../state.js";
import { desk, entryPath, useDeed } from "./desk.js";
import { Erase } from "./erasure.js";
import { Fault, html, Sure, WithReason } from "./parts.js";
import { showsSeveral } from "./photos.js";
import { Renew } from "./renewal.js";
import { words } from "./words.js";

const BY_STATE = {
  draft: ["submit", "discard"],
  pending: ["approve", "revoke", "erase"],
  active: ["approveRenewal", "suspend", "renew", "revoke", "erase"],
  suspended: ["resume", "renew", "revoke", "erase"],
  expired: ["approveRenewal", "renew", "revoke", "erase"],
  revoked: ["erase"],
  erased: [],
};
// Nobody approves what they asked for.
const FORBIDDEN = {
  approve: (entry, account) => account === entry.author || account === entry.put_forward_by,
  approveRenewal: (entry, account) => entry.renewal === null || account === entry.renewal.by,
};
// Address of what only takes a reason, and whether there is no way back.
const WITH_REASON = {
  suspend: { step: "suspension", danger: false },
  resume: { step: "resumption", danger: false },
  revoke: { step: "revocation", danger: true },
};
const FIRST = new Set(["submit", "approve", "approveRenewal", "resume"]);

export function allowed(entry, account, keeps) {
  if (!keeps) return [];
  return BY_STATE[entry.state].filter((act) => !FORBIDDEN[act]?.(entry, account));
}

export function Acts({ entry, changed, again }) {
  const w = words.value;
  const asking = useSignal(null); // the act whose dialog is open
  const deed = useDeed();
  const acts = allowed(entry, state.me.value.account, state.keeps.value);
  const own = state.keeps.value && entry.state === "pending" && !acts.includes("approve");
  const done = () => (asking.value = null);

  const post = (step, said) => deed.run(async () => changed(await desk("POST", entryPath(entry.id, step), { said })));
  const submit = async () => {
    await post("submission");
    // Refused because others look alike: they are written down now and are decided on below.
    if (deed.fault.value !== null) await again();
  };
  const approve = async () => {
    // What is shown here is what is approved: where it was changed meanwhile, that is shown, and nothing is approved.
    await post("approval", { revision: entry.revision });
    if (deed.fault.value !== null) await again();
  };
  const atOnce = { submit, approve, approveRenewal: approve };
  const start = (act) => (atOnce[act] ?? (() => (asking.value = act)))();

  const open = asking.value;
  const draft = entry.state === "draft";
  const alike = draft && entry.likenesses.some((each) => each.decision === null);
  const several = draft && showsSeveral(entry);
  return html`<div class="acts">
    ${own && html`<p class="notice">${w.ownEntry}</p>`}
    ${acts.length > 0 &&
    html`<div class="buttons">
      ${acts.map(
        (act) => html`<button key=${act} type="button" disabled=${deed.busy.value}
          class=${FIRST.has(act) ? "go" : act === "erase" ? "second last" : "second"} onClick=${() => start(act)}
        >${w.acts[act]}</button>`,
      )}
    </div>`}
    ${several && html`<p class="notice" role="alert">${w.severalPeople}</p>`}
    ${alike && html`<p class="notice" role="alert">${w.resembles}</p>`}
    ${!several && !alike && html`<${Fault} fault=${deed.fault} />`}
    ${open in WITH_REASON &&
    html`<${WithReason} name=${open} title=${w.actTitle(open, entry.label)} text=${w.actTexts[open]} button=${w.acts[open]}
      danger=${WITH_REASON[open].danger} done=${done}
      work=${async (reason) => changed(await desk("POST", entryPath(entry.id, WITH_REASON[open].step), { said: { reason } }))} />`}
    ${open === "renew" && html`<${Renew} entry=${entry} changed=${changed} done=${done} />`}
    ${open === "erase" && html`<${Erase} entry=${entry} done=${done} erased=${again} />`}
    ${open === "discard" && html`<${Discard} entry=${entry} done=${done} />`}
  </div>`;
}

function Discard({ entry, done }) {
  const w = words.value;
  const deed = useDeed();
  const discard = async (event) => {
    event.preventDefault();
    const gone = await deed.run(() => desk("POST", entryPath(entry.id, "discard")));
    if (gone !== undefined) go("watchlist");
  };
  return html`<${Sure} title=${w.actTitle("discard", entry.label)} text=${w.actTexts.discard} button=${w.acts.discard}
    danger=${true} deed=${deed} send=${discard} done=${done} />`;
}
