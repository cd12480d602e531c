// One person of the list: what is said of them, photos, look-alikes, and what may be done.
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import * as state from "../state.js";
import { Acts } from "./acts.js";
import { AddPhotos } from "./adding.js";
import { desk, entryPath, useReading } from "./desk.js";
import { Erasure } from "./erasure.js";
import { Identity } from "./identity.js";
import { Pair } from "./likenesses.js";
import { Live } from "./live.js";
import { Back, Countdown, Facts, html, Loading, State } from "./parts.js";
import { Photos, showsSeveral } from "./photos.js";
import { category, date, moment, reason, words } from "./words.js";

export function Entry({ id }) {
  const w = words.value;
  const { found, fault, again } = useReading(() => desk("GET", entryPath(id)), id);
  const live = useSignal(null); // the change of the list that was made here
  const entry = found.value;
  if (entry === null) return html`<section class="page"><${Back} to=${["watchlist"]} text=${w.watchlist} /><${Loading} fault=${fault} /></section>`;

  // What the desk answers after a change is the entry as it is now.
  const changed = (now) => {
    const before = found.value;
    found.value = now;
    // What waits for its approval is on no matcher yet.
    const listed = !["draft", "pending"].includes(now.state);
    if (listed && now.generation !== before.generation) live.value = now.generation;
  };
  const likenesses = html`<${Likenesses} entry=${entry} changed=${changed} />`;
  const undecided = entry.state === "draft" && entry.likenesses.some((each) => each.decision === null);
  return html`<section class="page entry">
    <${Back} to=${["watchlist"]} text=${w.watchlist} />
    <header class="head">
      <h1>${entry.state === "erased" ? w.erasedPerson : entry.label || w.noLabel}</h1>
      <${State} of=${entry.state} />
    </header>
    ${entry.state === "draft" && html`<${DraftSteps} entry=${entry} />`}
    ${entry.state !== "erased" && html`<${Live} generation=${live.value} />`}
    ${entry.renewal && html`<p class="notice">${w.renewalWaits(entry.renewal.by, date(entry.renewal.last_day))}</p>`}
    <${Places} entry=${entry} />
    <${Acts} entry=${entry} changed=${changed} again=${again} />
    ${entry.state === "erased"
      ? html`<${Erasure} id=${id} />`
      : html`<div class="columns">
          <div>
            ${undecided && likenesses}
            ${entry.state === "draft" && state.keeps.value && html`<${AddPhotos} entry=${entry} again=${again} />`}
            <${Photos} entry=${entry} changed=${changed} />
            ${!undecided && likenesses}
          </div>
          <div>
            <${Said} entry=${entry} />
            <${Identity} entry=${entry} />
          </div>
        </div>`}
    <${History} id=${id} revision=${entry.revision} />
  </section>`;
}

// Whose place this one takes, and who takes its place: of one person only one entry matches.
function Places({ entry }) {
  const w = words.value;
  const named = (id) => {
    const known = entry.likenesses.find((each) => each.other === id);
    return html`<a href=${address("watchlist", id)}>${known?.label || w.anotherEntry}</a>`;
  };
  return html`
    ${entry.replaces.length > 0 &&
    html`<p class="notice">${w.replaces} ${entry.replaces.map((id, n) => html`${n > 0 && ", "}${named(id)}`)}</p>`}
    ${entry.replaced_by && html`<p class="notice">${w.replacedBy} ${named(entry.replaced_by)}</p>`}
  `;
}

function DraftSteps({ entry }) {
  const w = words.value;
  const open = entry.photo_list.some((photo) => photo.warnings.some((code) => !photo.accepted_findings.includes(code)));
  const now = entry.photo_list.length === 0 || open || showsSeveral(entry) ? 1 : 2;
  return html`<ol class="steps">
    ${[w.stepWords, w.photos, w.stepSubmit].map(
      (text, n) => html`<li aria-current=${n === now ? "step" : undefined} class=${n < now ? "past" : ""}><span>${n + 1}</span>${text}</li>`,
    )}
  </ol>`;
}

function Said({ entry }) {
  const w = words.value;
  const who = (name, at) => (name ? `${name}${at ? ` · ${moment(at)}` : ""}` : null);
  return html`<section class="card">
    <h2>${w.whatIsSaid}</h2>
    <p class="order"><small>${w.instruction}</small>${entry.instruction}</p>
    <${Facts} rows=${[
      [w.category, category(entry.category)],
      [w.basis, entry.basis],
      [w.evidence, entry.evidence],
      [w.note, entry.note],
      [w.scope, w.where({ ...entry.scope, sites: entry.sites.length > 0 ? entry.sites : entry.scope.sites })],
      [w.lastDay, html`${date(entry.last_day)} · <${Countdown} to=${entry.expires_at} />`],
      [w.author, who(entry.author, entry.created_at)],
      [w.putForwardBy, entry.put_forward_by],
      [w.approver, who(entry.approver, entry.approved_at)],
      [w.lastReason, reason(entry.reason)],
      [w.import_, entry.batch && html`<a href=${address("imports", entry.batch)}>${w.openImport}</a>`],
    ]} />
  </section>`;
}

function Likenesses({ entry, changed }) {
  const w = words.value;
  if (entry.likenesses.length === 0) return null;
  const decides = entry.state === "draft" && state.keeps.value;
  return html`<section class="card" id="likenesses">
    <h2>${w.likenesses}</h2>
    ${entry.likenesses.map(
      (likeness) => html`<${Pair} key=${likeness.other} entry=${entry.id} label=${entry.label} likeness=${likeness}
        decides=${decides} decided=${changed} />`,
    )}
  </section>`;
}

function History({ id, revision }) {
  const w = words.value;
  const open = useSignal(false);
  return html`<section class="card history">
    <details onToggle=${(event) => (open.value = event.target.open)}>
      <summary><h2>${w.history}</h2></summary>
      ${open.value && html`<${Changes} id=${id} revision=${revision} />`}
    </details>
  </section>`;
}

function Changes({ id, revision }) {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET", entryPath(id, "history")), id, revision);
  if (found.value === null) return html`<${Loading} fault=${fault} />`;
  return html`<ol class="changes">
    ${found.value.changes.toReversed().map(
      (change) => html`<li key=${change.revision}>
        <time dateTime=${change.at}>${moment(change.at)}</time>
        <${State} of=${change.state} /><b>${change.account}</b>
        <span>${reason(change.reason) || (change.generation === null ? w.changedDraft : "")}</span>
      </li>`,
    )}
  </ol>`;
}
