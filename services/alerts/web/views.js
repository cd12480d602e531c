// What a person sees. Text only ever goes in as text: there is no other way to add markup here.
import { useEffect, useRef } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { keepAwake, sleepy } from "./awake.js";
import { byUrgency, isNew, isOpen, isUrgent } from "./front.js";
import { address, go } from "./place.js";
import * as sound from "./sound.js";
import * as state from "./state.js";
import { html } from "./text.js";
import { age, clock, day, language, speak, words } from "./words.js";

export { html };

const PATHS = {
  bell: "M12 3a6 6 0 0 0-6 6v4l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 19a2 2 0 0 0 4 0",
  run: "M5 12h13M13 6l6 6-6 6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6 6l12 12M18 6L6 18",
  ask: "M9 9a3 3 0 1 1 4.200 2.800C12.400 12.300 12 13 12 14M12 17.500v.5",
  stop: "M7 7h10v10H7z",
  play: "M8 6l10 6-10 6z",
  pin: "M12 21s-6-5.700-6-11a6 6 0 0 1 12 0c0 5.300-6 11-6 11zM12 8.500v3",
  back: "M15 5l-7 7 7 7",
  shield: "M12 3l7 3v6c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  alarm: "M12 4l9 16H3zM12 10v4M12 17v.5",
  mute: "M12 3a6 6 0 0 0-6 6v4l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 19a2 2 0 0 0 4 0M4 3l16 18",
  dark: "M8 3h8v18H8zM4 4l16 16",
  add: "M12 5v14M5 12h14",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.5M4 12h.5M4 18h.5",
  faces: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 2-5 5-5s5 2 5 5M14.500 14.200c3.500-.6 6.500 1.300 6.500 4.800",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

export function Page() {
  if (state.me.value === undefined) return html`<${Waiting} />`;
  if (state.me.value === null) return html`<${SignIn} />`;
  if (state.keeping.value) return html`<${Console} />`;
  return html`<${Desk} />`;
}

const screens = signal(null);

// The screens of those who keep the list come with the first look at them: a guard's page does not wait for them.
function Console() {
  useEffect(() => {
    if (screens.value !== null) return;
    import("./console/console.js").then(
      (module) => (screens.value = module.Console),
      () => (state.problem.value = "offline"),
    );
  }, []);
  return screens.value === null ? html`<${Waiting} />` : html`<${screens.value} />`;
}

function Waiting() {
  const w = words.value;
  return html`<main class="door">
    <div class="brand"><${Icon} name="shield" /><h1>Wardwatch</h1></div>
    <p class="muted" role="status">${state.problem.value === "offline" ? w.offline : w.starting}</p>
  </main>`;
}

function Languages() {
  const choice = (code, text) => html`<button
    type="button"
    lang=${code}
    aria-pressed=${language.value === code ? "true" : "false"}
    onClick=${() => speak(code)}
  >${text}</button>`;
  return html`<div class="languages" role="group" aria-label="语言 / Language">
    ${choice("zh-CN", "中文")}${choice("en", "English")}
  </div>`;
}

function SignIn() {
  const w = words.value;
  const typed = useSignal("");
  const busy = useSignal(false);
  const say = { offline: w.offline, ended: w.ended }[state.problem.value] ?? state.problem.value;
  const send = async (event) => {
    event.preventDefault();
    busy.value = true;
    await state.signIn(typed.value);
    busy.value = false;
  };
  const groups = (text) => (text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 12).match(/.{1,4}/g) ?? []).join("-");
  return html`<main class="door">
    <${Languages} />
    <div class="brand">
      <${Icon} name="shield" />
      <h1>Wardwatch</h1>
      <p>${w.tagline}</p>
    </div>
    <form onSubmit=${send}>
      <label for="code">${w.codeLabel}</label>
      <input
        id="code"
        name="code"
        value=${typed.value}
        onInput=${(event) => (typed.value = event.target.value = groups(event.target.value))}
        placeholder="XXXX-XXXX-XXXX"
        autocomplete="one-time-code"
        autocapitalize="characters"
        spellcheck=${false}
        required
        aria-describedby="code-hint"
      />
      <p id="code-hint" class="muted">${w.codeHint}</p>
      ${say && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${say}</p>`}
      ${!isSecureContext && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${w.insecure}</p>`}
      <button class="go" disabled=${busy.value || typed.value.length < 14}>${busy.value ? w.starting : w.start}</button>
    </form>
    <p class="care">${w.care}</p>
  </main>`;
}

function Desk() {
  const open = state.shown.value;
  return html`<div class=${open ? "desk has-open" : "desk"}>
    <${TopBar} />
    <${Banners} />
    <div class="panes">
      <${List} />
      ${open ? html`<${Alert} key=${open.id} incident=${open} />` : html`<${Quiet} />`}
    </div>
  </div>`;
}

export function TopBar() {
  const w = words.value;
  const matching = useSignal(false);
  const status = state.status.value;
  return html`<header class="top">
    <span class=${`pulse ${status}`} aria-hidden="true"></span>
    <p class="heard" role="status">
      <b>${w.status[status]}</b>
      ${state.checkedAt.value && html`<span>${w.lastCheck(clock(state.checkedAt.value))}</span>`}
    </p>
    ${state.reads.value &&
    !state.keeping.value &&
    html`<a class="keep" href=${address("watchlist")}><${Icon} name="list" /><span>${w.watchlist}</span></a>`}
    ${state.may("set_matching") &&
    html`<button class="stop" aria-label=${w.stopMatching} onClick=${() => (matching.value = true)}>
      <${Icon} name="stop" />${w.stop}
    </button>`}
    <details class="menu">
      <summary aria-label=${state.me.value.account}>${state.me.value.account.slice(0, 2)}</summary>
      <div>
        <p><b>${state.me.value.account}</b></p>
        <${Languages} />
        <button onClick=${state.signOut}>${w.signOut}</button>
      </div>
    </details>
    ${matching.value && html`<${Matching} done=${() => (matching.value = false)} />`}
  </header>`;
}

function complaining() {
  return state.complaint.value === "unconfirmed" ? words.value.unconfirmed : state.complaint.value;
}

function openWaiting() {
  state.show(state.waiting.value[0].id);
  go();
}

export function Banners() {
  const w = words.value;
  const waiting = state.waiting.value.length;
  // One of them may be on the screen already.
  const counted = waiting < state.news.value.length ? w.moreAlerts : w.newAlerts;
  const told = state.problem.value;
  const complaint = complaining();
  return html`<div class="banners">
    ${state.lost.value &&
    html`<p class="banner lost" role="alert">
      <${Icon} name="alarm" /><b>${w.notReceiving}</b><span>${w.reconnecting(age(state.silentMs.value))}</span>
    </p>`}
    ${state.noticed.value && html`<${Silence} />`}
    ${sleepy.value && !state.noticed.value && !state.lost.value && state.shown.value === null &&
    html`<button class="banner sleepy" onClick=${keepAwake}>
      <${Icon} name="dark" /><b>${w.sleepy}<small>${w.sleepyText}</small></b>
    </button>`}
    ${state.stopped.value.map((site) => {
      const by = state.sites.value.find((s) => s.site === site);
      return html`<p class="banner halted" role="status">
        <${Icon} name="stop" /><b>${w.stopped(site)}</b>${by?.account && html`<span>${by.account}: ${by.reason}</span>`}
      </p>`;
    })}
    ${told && told !== "offline" && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${told}</p>`}
    ${complaint && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
    ${waiting > 0 &&
    html`<button class="banner fresh" onClick=${openWaiting}>
      <${Icon} name="bell" /><b>${counted(waiting)}</b><span>${w.open}</span>
    </button>`}
  </div>`;
}

function Silence() {
  const w = words.value;
  const on = !state.silent.value;
  const [title, text] = on
    ? [w.soundOn, w.soundOnText]
    : [w.cannotRing, sound.failed.value ? w.stillSilent : w.tapForSound];
  return html`<div role="alert">
    <button class=${on ? "banner silent on" : "banner silent"} onClick=${sound.sample}>
      <${Icon} name=${on ? "bell" : "mute"} /><b>${title}<small>${text}</small></b>
    </button>
  </div>`;
}

// What is true while no alert is on the screen: the shield stands for "all is well" and for nothing else.
function Quiet() {
  const w = words.value;
  const news = state.news.value;
  const open = state.incidents.value.filter(isOpen).length;
  if (!state.listed.value) {
    const text = state.lost.value ? w.offline : w.notKnownText;
    return html`<${Nothing} icon="alarm" tone="unsure" title=${w.notKnown} text=${text} />`;
  }
  if (news.length > 0) {
    return html`<${Nothing} icon="bell" tone="new" title=${w.newAlerts(news.length)} text=${w.chooseOne}>
      <button class="go" onClick=${() => state.show(news[0].id)}>${w.openFirst}</button>
    <//>`;
  }
  if (open > 0) return html`<${Nothing} icon="run" tone="open" title=${w.noNew} text=${w.stillOpen(open)} />`;
  const title = state.incidents.value.length === 0 ? w.allQuiet : w.noOpen;
  const well = state.status.value === "well";
  return html`<${Nothing} icon=${well ? "shield" : "alarm"} tone=${well ? "well" : "unsure"} title=${title}
    text=${well ? w.quietText : w.butText(w.status[state.status.value])} />`;
}

function Nothing({ icon, tone, title, text, children }) {
  const w = words.value;
  return html`<section class=${`quiet ${tone}`}>
    <${Icon} name=${icon} />
    <h2>${title}</h2>
    <p>${text}</p>
    ${children}
    ${state.checkedAt.value && html`<p class="muted">${w.lastCheck(clock(state.checkedAt.value))}</p>`}
  </section>`;
}

const stage = (incident) => incident.outcome ?? incident.status;
const urgency = (incident) => (isNew(incident) && isUrgent(incident) ? "urgent" : stage(incident));
const ICONS = { new: "bell", responding: "run", confirmed: "check", rejected: "cross", unresolved: "ask", ended: "stop" };
const ground = (incident) => words.value.categories[incident.category] ?? incident.category ?? words.value.noGround;

// How long an open one has been waiting, and when another one was. Nothing while the time is still to come: it was
// raised by a clock that has been put right since.
function When({ incident }) {
  const waited = state.serverNow() - Date.parse(incident.raised_at);
  const text = !isOpen(incident) ? day(incident.raised_at) : waited < -60_000 ? "" : age(waited);
  return html`<time dateTime=${incident.raised_at}>${text}</time>`;
}

function List() {
  const w = words.value;
  const all = state.incidents.value;
  if (all.length === 0) return null;
  const groups = [
    ["new", state.news.value],
    ["open", all.filter((i) => isOpen(i) && !isNew(i)).sort(byUrgency)],
    ["over", all.filter((i) => !isOpen(i))],
  ];
  return html`<nav class="list" aria-label=${w.today}>
    ${groups.map(
      ([name, found]) => found.length > 0 && html`<h2 class=${name}>${w.groups[name]}<span>${found.length}</span></h2>
        ${found.map((i) => html`<${Row} key=${i.id} incident=${i} />`)}`,
    )}
  </nav>`;
}

function Row({ incident }) {
  const w = words.value;
  const here = state.selected.value === incident.id;
  return html`<button
    class=${`row ${urgency(incident)}`}
    aria-current=${here ? "true" : "false"}
    onClick=${() => state.show(incident.id)}
  >
    <${Icon} name=${ICONS[stage(incident)] ?? "ask"} />
    <span class="what">
      <span class="now"><b>${w.state[stage(incident)] ?? stage(incident)}</b><${When} incident=${incident} /></span>
      <span class="ground">${ground(incident)}</span>
      <small>${incident.camera} · ${w.site} ${incident.site}</small>
    </span>
  </button>`;
}

function Alert({ incident }) {
  const w = words.value;
  const now = stage(incident);
  const others = incident.cameras.filter((camera) => camera !== incident.camera);
  return html`<article class="alert">
    <p class=${`strip ${urgency(incident)}`} role="status">
      <button class="leave" aria-label=${w.back} onClick=${() => state.show(null)}><${Icon} name="back" /></button>
      <${Icon} name=${ICONS[now] ?? "ask"} /><b>${w.state[now] ?? now}</b>
      <span class="age">
        <${When} incident=${incident} />
      </span>
    </p>
    <div class="scroll">
      <${Faces} incident=${incident} />
      <section class="todo">
        <h2>
          ${w.whatToDo}${incident.category &&
          html`<span class="chip">${w.categories[incident.category] ?? incident.category}</span>`}
        </h2>
        <p class="instruction">
          ${incident.outcome === "ended" ? w.entryEnded : (incident.instruction ?? w.noInstruction)}
        </p>
      </section>
      <section class="where">
        <${Icon} name="pin" />
        <p>
          <b>${incident.camera}</b><span>${w.site} ${incident.site} · ${clock(incident.last_seen_at)}</span>
          ${others.length > 0 && html`<span>${w.alsoSeen} ${others.join(", ")}</span>`}
        </p>
      </section>
      ${incident.responder && html`<${Responder} responder=${incident.responder} />`}
      ${(incident.my_verdict || incident.disclosed) && html`<${After} incident=${incident} />`}
      <p class="care">${w.care}</p>
    </div>
    <${Bar} incident=${incident} />
  </article>`;
}

function Responder({ responder }) {
  const w = words.value;
  const mine = responder.account === state.me.value.account;
  return html`<p class="responder">
    <${Icon} name="run" /><b>${mine ? w.youRespond : w.responding(responder.account)}</b>
    <time dateTime=${responder.at}>${clock(responder.at)}</time>
  </p>`;
}

function Faces({ incident }) {
  const w = words.value;
  const zoomed = useSignal(false);
  const veiled = state.veiled.value;
  if (!state.may("show_picture")) return html`<p class="faces withheld">${w.facesWithheld}</p>`;
  const toggle = () => {
    if (!veiled) zoomed.value = !zoomed.value;
  };
  const caption = incident.outcome === null ? w.cameraNow : `${w.cameraNow} ${clock(incident.first_seen_at)}`;
  return html`<section class=${`faces${zoomed.value ? " zoomed" : ""}${veiled ? " veiled" : ""}`}>
    <button class="both" aria-label=${veiled ? w.hidden : zoomed.value ? w.close : w.zoom} onClick=${toggle}>
      <${Face} incident=${incident} which="watchlist" caption=${w.watchlistPhoto} />
      <${Face} incident=${incident} which="camera" caption=${caption} />
      ${veiled && html`<span class="veil">${w.hidden}</span>`}
    </button>
  </section>`;
}

// How long a picture that could not be had is left alone before it is asked for again.
const PICTURE_AGAIN_MS = 5000;

function Face({ incident, which, caption }) {
  const w = words.value;
  const fault = useSignal(null); // deleted or away
  const ended = incident.outcome === "ended";
  // A decided incident without a category is about somebody who was erased since.
  const erased = incident.outcome !== null && incident.category === null;
  const deleted =
    fault.value === "deleted" || erased || (which === "camera" && ["rejected", "unresolved"].includes(incident.outcome));
  const url = `/api/v1/incidents/${incident.id}/pictures/${which}`;
  useEffect(() => {
    if (fault.value !== "away") return undefined;
    const again = setTimeout(() => (fault.value = null), PICTURE_AGAIN_MS);
    return () => clearTimeout(again);
  }, [fault.value]);
  return html`<figure>
    ${ended || deleted
      ? html`<span class="nothing">${ended ? w.notShown : w.noPicture}</span>`
      : fault.value === "away"
        ? html`<span class="nothing">${w.pictureAway}</span>`
        : html`<img
            src=${url}
            alt=${caption}
            draggable=${false}
            onError=${async () => (fault.value = (await state.isGone(url)) ? "deleted" : "away")}
          />`}
    <figcaption>${caption}</figcaption>
    <span class="mark" aria-hidden="true">${state.me.value.account}</span>
  </figure>`;
}

function After({ incident }) {
  const w = words.value;
  const said = { same: w.same, not_same: w.notSame, cannot_tell: w.cannotTell };
  const told = incident.disclosed;
  const scores = useSignal(null);
  return html`<section class="after">
    ${incident.my_verdict && html`<p><b>${w.mine(said[incident.my_verdict])}</b></p>`}
    ${incident.outcome === null && html`<p class="muted">${w.waiting}</p>`}
    ${told &&
    html`<dl>
      <dt>${w.label}</dt>
      <dd>${told.label ?? "–"}</dd>
      <dt>${w.strength}</dt>
      <dd>${told.strength === "strong" ? w.strong : w.possible} · ${w.frames(told.sightings)}</dd>
      <dt>${w.verdicts}</dt>
      <dd>${told.verdicts.map((v) => said[v]).join(" · ") || "–"}</dd>
    </dl>`}
    ${told && state.may("show_details") && !scores.value &&
    html`<button class="plain" onClick=${async () => (scores.value = (await state.details(incident.id))?.measurements)}>
      ${w.details}
    </button>`}
    ${scores.value &&
    html`<table>
      <thead><tr><th>${w.seen}</th><th>${w.cameraNow}</th><th>${w.similarity}</th><th>${w.facePx}</th></tr></thead>
      <tbody>
        ${scores.value.map(
          (m) => html`<tr><td>${clock(m.seen_at)}</td><td>${m.camera}</td><td>${m.similarity.toFixed(3)}</td><td>${Math.round(m.face_px)}</td></tr>`,
        )}
      </tbody>
    </table>`}
  </section>`;
}

function Bar({ incident }) {
  const w = words.value;
  const needed =
    state.may("respond") && incident.responder === null && (isOpen(incident) || incident.outcome === "confirmed");
  const open = state.may("review") && isOpen(incident) && incident.my_verdict === null;
  if (!needed && !open) return null;
  if (open && state.comparing.value) {
    const say = (verdict) => () => state.judge(incident.id, verdict);
    return html`<div class="bar judging" role="group" aria-labelledby="question">
      <p id="question">${w.question}
        <button class="plain" onClick=${() => (state.comparing.value = false)}>${w.cancel}</button>
      </p>
      <button class="same" onClick=${say("same")}><${Icon} name="check" />${w.same}</button>
      <button class="not-same" onClick=${say("not_same")}><${Icon} name="cross" />${w.notSame}</button>
      <button class="cannot-tell" onClick=${say("cannot_tell")}><${Icon} name="ask" />${w.cannotTell}</button>
    </div>`;
  }
  const early = !state.settled.value;
  return html`<div class="bar">
    ${needed && html`<button class="go" disabled=${early} onClick=${() => state.respond(incident.id)}><${Icon} name="run" />${w.onMyWay}</button>`}
    ${open && html`<button class="second" disabled=${early} onClick=${() => (state.comparing.value = true)}><${Icon} name="faces" />${w.compare}</button>`}
  </div>`;
}

function Matching({ done }) {
  const w = words.value;
  const box = useRef(null);
  const chosen = useSignal(state.sites.value[0]?.site ?? "");
  // The dialog may open before the sites are known.
  const site = chosen.value || (state.sites.value[0]?.site ?? "");
  const reason = useSignal("");
  const stoppedAt = (name) => state.sites.value.find((s) => s.site === name)?.stopped ?? false;
  // Fixed when the dialog opens or a site is chosen: what somebody else does meanwhile must not turn a stop around.
  const resuming = useSignal(stoppedAt(site));
  useEffect(() => {
    state.complaint.value = null;
    box.current.showModal();
    return () => (state.complaint.value = null);
  }, []);
  const choose = (name) => {
    chosen.value = name;
    resuming.value = stoppedAt(name);
  };
  const complaint = complaining();
  const send = async (event) => {
    event.preventDefault();
    if (await state.setMatching(site, !resuming.value, reason.value.trim())) done();
  };
  return html`<dialog ref=${box} onClose=${done} aria-labelledby="matching-title">
    <form onSubmit=${send}>
      <h2 id="matching-title">${resuming.value ? w.resume : w.stopMatching}</h2>
      ${state.sites.value.length > 1 &&
      html`<select aria-label=${w.site} value=${site} onChange=${(event) => choose(event.target.value)}>
        ${state.sites.value.map((s) => html`<option value=${s.site}>${s.site}</option>`)}
      </select>`}
      <p>${resuming.value ? w.resumeText(site) : w.stopText(site)}</p>
      <label for="why">${w.reason}</label>
      <textarea
        id="why" required minlength="3" maxlength="500" rows="2"
        value=${reason.value} onInput=${(event) => (reason.value = event.target.value)}
      ></textarea>
      ${complaint && html`<p class="complaint" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
      <div class="choices">
        <button type="button" class="second" onClick=${done}>${w.cancel}</button>
        <button class=${resuming.value ? "go" : "danger"} disabled=${reason.value.trim().length < 3 || !site}>
          <${Icon} name=${resuming.value ? "play" : "stop"} />${resuming.value ? w.resume : w.stopMatching}
        </button>
      </div>
    </form>
  </dialog>`;
}
