// What a person sees. Text only ever goes in as text: there is no other way to add markup here.
import { useEffect, useRef } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { address, go, place } from "./place.js";
import * as state from "./state.js";
import { html } from "./text.js";
import { age, clock, day, language, speak, words } from "./words.js";

export { html };

const URGENT = new Set(["violence", "threat", "court_order"]);

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
  if (place.value !== null && state.reads.value) return html`<${Console} />`;
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
  const supervisor = state.me.value.role === "supervisor";
  const live = state.receiving.value;
  return html`<header class="top">
    <span class=${live ? "pulse live" : "pulse"} aria-hidden="true"></span>
    <p class="heard" role="status">
      <b>${live ? w.receiving : w.connecting}</b>
      ${state.checkedAt.value && html`<span>${w.lastCheck(clock(state.checkedAt.value))}</span>`}
    </p>
    ${state.reads.value &&
    place.value === null &&
    html`<a class="keep" href=${address("watchlist")}><${Icon} name="list" /><span>${w.watchlist}</span></a>`}
    ${supervisor &&
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

function openFresh() {
  state.show(state.fresh.value);
  go();
}

export function Banners() {
  const w = words.value;
  const lost = !state.receiving.value && (state.heardAt.value !== null || state.silentMs.value > 3000);
  const told = state.problem.value;
  const complaint = complaining();
  return html`<div class="banners">
    ${lost &&
    html`<p class="banner lost" role="alert">
      <${Icon} name="alarm" /><b>${w.notReceiving}</b><span>${w.reconnecting(age(state.silentMs.value))}</span>
    </p>`}
    ${state.stopped.value.map((site) => {
      const by = state.sites.value.find((s) => s.site === site);
      return html`<p class="banner halted" role="status">
        <${Icon} name="stop" /><b>${w.stopped(site)}</b>${by?.account && html`<span>${by.account}: ${by.reason}</span>`}
      </p>`;
    })}
    ${told && told !== "offline" && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${told}</p>`}
    ${complaint && html`<p class="banner told" role="alert"><${Icon} name="alarm" />${complaint}</p>`}
    ${state.fresh.value &&
    html`<button class="banner fresh" onClick=${openFresh}>
      <${Icon} name="bell" /><b>${w.newAlert}</b><span>${w.open}</span>
    </button>`}
  </div>`;
}

function Quiet() {
  const w = words.value;
  return html`<section class="quiet">
    <${Icon} name="shield" />
    <h2>${w.allQuiet}</h2>
    <p>
      ${state.receiving.value ? w.receiving : w.connecting}${language.value === "en" ? ". " : "。"}
      ${state.checkedAt.value && w.lastCheck(clock(state.checkedAt.value))}
    </p>
    <p class="muted">${w.quietText}</p>
  </section>`;
}

const stage = (incident) => incident.outcome ?? incident.status;
const urgency = (incident) => (stage(incident) !== "new" ? stage(incident) : URGENT.has(incident.category) ? "urgent" : "new");
const ICONS = { new: "bell", responding: "run", confirmed: "check", rejected: "cross", unresolved: "ask" };

function List() {
  const w = words.value;
  if (state.incidents.value.length === 0) return null;
  return html`<nav class="list" aria-label=${w.today}>
    <h2>${w.today}</h2>
    ${state.incidents.value.map(
      (i) => html`<button
        key=${i.id}
        class=${`row ${urgency(i)}`}
        aria-current=${state.selected.value === i.id ? "true" : "false"}
        onClick=${() => state.show(i.id)}
      >
        <${Icon} name=${ICONS[stage(i)]} />
        <span class="what"><b>${w.state[stage(i)]}</b><small>${i.camera} · ${i.site}</small></span>
        <time dateTime=${i.raised_at}>${day(i.raised_at)}</time>
      </button>`,
    )}
  </nav>`;
}

function Alert({ incident }) {
  const w = words.value;
  const now = stage(incident);
  const others = incident.cameras.filter((camera) => camera !== incident.camera);
  return html`<article class="alert">
    <p class=${`strip ${urgency(incident)}`} role="status">
      <button class="leave" aria-label=${w.back} onClick=${() => state.show(null)}><${Icon} name="back" /></button>
      <${Icon} name=${ICONS[now]} /><b>${w.state[now]}</b>
      <span class="age">
        ${incident.outcome === null ? age(state.serverNow() - Date.parse(incident.raised_at)) : clock(incident.raised_at)}
      </span>
    </p>
    <div class="scroll">
      <${Faces} incident=${incident} />
      <section class="todo">
        <h2>
          ${w.whatToDo}${incident.category &&
          html`<span class="chip">${w.categories[incident.category] ?? incident.category}</span>`}
        </h2>
        <p class="instruction">${incident.instruction ?? w.noInstruction}</p>
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
  const deleted = fault.value === "deleted" || (which === "camera" && ["rejected", "unresolved"].includes(incident.outcome));
  const url = `/api/v1/incidents/${incident.id}/pictures/${which}`;
  useEffect(() => {
    if (fault.value !== "away") return undefined;
    const again = setTimeout(() => (fault.value = null), PICTURE_AGAIN_MS);
    return () => clearTimeout(again);
  }, [fault.value]);
  return html`<figure>
    ${deleted
      ? html`<span class="nothing">${w.noPicture}</span>`
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
  const supervisor = state.me.value.role === "supervisor";
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
    ${told && supervisor && !scores.value &&
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
  const needed = incident.responder === null && (incident.outcome === null || incident.outcome === "confirmed");
  const open = incident.outcome === null && incident.my_verdict === null;
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
  return html`<div class="bar">
    ${needed && html`<button class="go" onClick=${() => state.respond(incident.id)}><${Icon} name="run" />${w.onMyWay}</button>`}
    ${open && html`<button class="second" onClick=${() => (state.comparing.value = true)}><${Icon} name="faces" />${w.compare}</button>`}
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
