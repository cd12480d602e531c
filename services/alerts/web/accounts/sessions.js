// Who is signed in where: of every account that whoever looks keeps, or audits.
import { html } from "../shared/html.js";
import { address } from "../shared/place.js";
import { call } from "../shared/request.js";
import { day } from "../shared/times.js";
import { leave } from "../state/state.js";
import { useReading } from "./asking.js";
import { Why } from "./why.js";
import { WhyNot } from "./why-not.js";
import { words } from "./words.js";

export function Sessions() {
  const w = words.value;
  const { found, fault, again } = useReading(() => call("GET /sessions"));
  /** @param {{ account: string, id: string, own: boolean }} session */
  const end = ({ account, id, own }) => async () => {
    await call("DELETE /accounts/{account}/devices/{device}", { path: { account, device: id } });
    if (own) leave(null);
    else await again();
  };
  return html`<div class="page">
    <h1>${w.sessions}</h1>
    <p class="hint">${w.sessionsText}</p>
    <${WhyNot} fault=${fault} />
    ${found.value === null && fault.value === null && html`<p class="muted" role="status">${w.loading}</p>`}
    <ul class="people">${found.value?.sessions.map(
      (each) => html`<li class="card" key=${each.id}>
        <p><a href=${address("accounts", each.account)}><b>${each.account_name}</b></a> · ${w.roles[each.role]}${each.own && ` (${w.thisDevice})`}<br />
          ${each.name || w.unnamed}<br />
          <small class="muted">${w.signedInAt(day(each.signed_in_at))} ${w.ways[each.way]}${each.used_at && ` · ${w.usedAt(day(each.used_at))}`} · ${w.endsAt(day(each.expires_at))}</small></p>
        ${(each.kept || each.own) && html`<div class="buttons"><${Why} name=${`end-${each.id}`} title=${w.signOut} asks=${false} danger work=${end(each)} /></div>`}
      </li>`,
    )}</ul>
  </div>`;
}
