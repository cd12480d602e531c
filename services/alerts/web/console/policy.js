// What the list is held to: the threshold that two people change, and what somebody should look at again.
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import * as state from "../state.js";
import { desk, useDeed, useReading } from "./desk.js";
import { Countdown, Facts, Fault, html, Loading, State, Text } from "./parts.js";
import { date, figure, moment, words } from "./words.js";

export function Policy() {
  const w = words.value;
  return html`<section class="page">
    <h1>${w.policyTitle}</h1>
    <div class="columns">
      <div><${Threshold} /></div>
      <div><${Reviews} /></div>
    </div>
  </section>`;
}

function Threshold() {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET", "/threshold"));
  const view = found.value;
  if (view === null) return html`<${Loading} fault=${fault} />`;
  const told = (now) => (found.value = now);
  return html`<section class="card">
      <h2>${w.threshold}</h2>
      <p class="big">${figure(view.holds.threshold)}</p>
      <p class="hint">${w.thresholdText}</p>
      <${Facts} rows=${[
        [w.since, view.holds.approved_at && moment(view.holds.approved_at)],
        [w.askedBy, view.holds.asked_by],
        [w.approver, view.holds.approved_by],
        [w.reasonSaid, view.holds.reason],
        [w.floor, figure(view.floor)],
      ]} />
    </section>
    ${view.waits && html`<${Waits} asked=${view.waits} told=${told} />`}
    ${!view.waits && state.keeps.value && html`<${AskFor} view=${view} told=${told} />`}
    <section class="card">
      <h2>${w.floorFrom}</h2>
      <div class="wide"><table>
        <thead><tr><th>${w.dataset}</th><th>${w.listSize}</th><th>${w.floor}</th><th>${w.missed}</th><th>${w.falseAlarms}</th><th>${w.measuredOn}</th></tr></thead>
        <tbody>
          ${view.reports.map(
            (report) => html`<tr><td>${report.dataset}</td><td>${report.list_size.toLocaleString()}</td><td>${figure(report.floor)}</td>
              <td>${w.share(report.fnir)}</td><td>${w.share(report.fpir)} (≤ ${w.share(report.fpir_upper)})</td><td>${date(report.measured_on)}</td></tr>`,
          )}
        </tbody>
      </table></div>
      <p class="hint">${w.reportText}</p>
    </section>`;
}

function Waits({ asked, told }) {
  const w = words.value;
  const deed = useDeed();
  const post = (step) => deed.run(async () => told(await desk("POST", `/threshold/${asked.number}/${step}`)));
  const own = asked.asked_by === state.me.value.account;
  return html`<section class="card">
    <h2>${w.waits}</h2>
    <p class="big">${figure(asked.threshold)}</p>
    <${Facts} rows=${[[w.askedBy, `${asked.asked_by} · ${moment(asked.asked_at)}`], [w.reasonSaid, asked.reason]]} />
    ${own && state.keeps.value && html`<p class="notice">${w.anotherApproves}</p>`}
    <${Fault} fault=${deed.fault} />
    ${state.keeps.value &&
    html`<div class="buttons">
      ${!own && html`<button type="button" class="go" disabled=${deed.busy.value} onClick=${() => post("approval")}>${w.acts.approve}</button>`}
      <button type="button" class="second" disabled=${deed.busy.value} onClick=${() => post("withdrawal")}>${w.withdraw}</button>
    </div>`}
  </section>`;
}

function AskFor({ view, told }) {
  const w = words.value;
  const wanted = useSignal(figure(view.holds.threshold));
  const reason = useSignal("");
  const deed = useDeed();
  const ask = (event) => {
    event.preventDefault();
    const said = { threshold: Number(wanted.value), reason: reason.value.trim() };
    deed.run(async () => told(await desk("POST", "/threshold", { said })));
  };
  return html`<section class="card">
    <h2>${w.askThreshold}</h2>
    <form class="form" onSubmit=${ask}>
      <${Text} id="threshold" type="number" label=${w.newThreshold} hint=${w.notBelow(figure(view.floor))} step="0.001"
        min=${figure(view.floor)} max="1" required value=${wanted.value} onInput=${(text) => (wanted.value = text)} />
      <${Text} id="threshold-reason" label=${w.reason} lines=${2} required minlength="3" maxlength="500" value=${reason.value}
        onInput=${(text) => (reason.value = text)} />
      <${Fault} fault=${deed.fault} />
      <button class="go" disabled=${deed.busy.value || reason.value.trim().length < 3}>${w.ask}</button>
    </form>
  </section>`;
}

function Reviews() {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET", "/reviews"));
  return html`<section class="card">
    <h2>${w.reviews}</h2>
    <p class="hint">${w.reviewsText}</p>
    ${found.value === null
      ? html`<${Loading} fault=${fault} />`
      : found.value.reviews.length === 0
        ? html`<p class="nobody">${w.nothingToReview}</p>`
        : html`<ul class="people">${found.value.reviews.map((row) => html`<${Review} key=${row.entry} row=${row} />`)}</ul>`}
  </section>`;
}

function Review({ row }) {
  const w = words.value;
  const why = [
    row.several_people && w.severalPeopleShort,
    row.same_person.length > 0 && w.samePersonShort,
    row.false_alerts > 0 && w.falseAlerts(row.false_alerts),
    row.suspended_photos.length > 0 && w.suspendedPhotos(row.suspended_photos.length),
  ].filter(Boolean);
  return html`<li>
    <a class="person review" href=${address("watchlist", row.entry)}>
      <span class="who"><b>${row.label || w.noLabel}</b><small>${why.join(" · ") || w.endsSoon}</small></span>
      <span class="ends"><small>${w.lastDay} ${date(row.last_day)}</small><${Countdown} to=${row.expires_at} /></span>
      <span class="at"><${State} of=${row.state} /></span>
    </a>
  </li>`;
}
