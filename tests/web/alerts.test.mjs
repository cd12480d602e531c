// The alerts that a page knows: which is in front, and that each new one is heard once.
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import * as alerts from "web/state/alerts.js";
import * as sound from "web/state/sound.js";
import { go } from "web/shared/place.js";
import { me as session } from "web/shared/session.js";
import { browser, json, settle } from "./browser.mjs";
import { incident, me, NOON } from "./build.mjs";

before(async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse(NOON) });
  sound.start();
});

beforeEach(() => {
  alerts.forget();
  go();
  session.value = me();
  browser.isSoundAllowed = false;
  browser.sound.state = "suspended";
  browser.sound.onstatechange();
  browser.tones.length = browser.vibrations.length = 0;
});

async function canRing() {
  browser.isSoundAllowed = true;
  browser.happen("pointerdown");
  browser.happen("pointerup");
  await settle();
}

// The server has these, the newest first; `older` are undecided ones on further pages.
function serve(latest, ...older) {
  browser.serve = ({ url }) => {
    const query = new URL(url, "http://page").searchParams;
    if (query.get("open") !== "true") return json({ incidents: latest, next: null });
    const n = Number(query.get("cursor") ?? 0);
    return json({ incidents: older[n] ?? [], next: n + 1 < older.length ? String(n + 1) : null });
  };
}
const read = (isCurrent = () => true) => alerts.readAll(isCurrent);
const arrive = async (each) => {
  await alerts.take(async () => each);
  alerts.announce();
};
const ids = () => alerts.incidents.value.map((each) => each.id);

test("the list holds the latest alerts and every undecided one", async () => {
  const [old, older, fresh] = [incident(), incident(), incident()];
  serve([fresh], [older], [old]);

  await read();

  assert.deepEqual(ids(), [fresh.id, older.id, old.id]);
  assert.equal(alerts.listed.value, true);
});

test("a list that is not waited for any more changes nothing", async () => {
  serve([incident()], []);

  await read(() => false);

  assert.deepEqual(ids(), []);
  assert.equal(alerts.listed.value, false);
});

test("an answer that was overtaken does not replace a later one", async () => {
  const before = incident();
  let slow;
  const late = alerts.take(() => new Promise((answer) => (slow = answer)));
  await alerts.take(async () => ({ ...before, status: "responding" }));

  slow(before);
  await late;

  assert.equal(alerts.incidents.value[0].status, "responding");
});

test("what was asked for by somebody who signed out is not shown to the next", async () => {
  let slow;
  const late = alerts.take(() => new Promise((answer) => (slow = answer)));
  session.value = me({ account: "wang" });

  slow(incident());
  await late;

  assert.deepEqual(ids(), []);
});

test("a page opens with the first new alert", async () => {
  const [ban, threat] = [incident(), incident({ category: "threat" })];
  serve([threat, ban], []);

  await read();

  assert.equal(alerts.selected.value, threat.id);
});

test("a new alert comes to the front, and its buttons wait a moment", async () => {
  serve([], []);
  await read();
  const fresh = incident();

  await arrive(fresh);
  assert.equal(alerts.selected.value, fresh.id);
  assert.equal(alerts.settled.value, false);

  mock.timers.tick(500);
  assert.equal(alerts.settled.value, true);
});

test("a new alert takes nothing away from who compares faces", async () => {
  const first = incident();
  serve([first], []);
  await read();
  const second = incident();

  await arrive(second);

  assert.equal(alerts.selected.value, first.id);
  assert.deepEqual(alerts.waiting.value.map((each) => each.id), [second.id]);
});

test("an alert that was passed over comes to the front when the one in hand is done with", async () => {
  const first = incident();
  serve([first], []);
  await read();
  alerts.goOn();
  const second = incident();
  await arrive(second);
  alerts.goOn();
  assert.equal(alerts.selected.value, first.id);

  await arrive({ ...first, my_verdict: "not_same", status: "closed", outcome: "rejected" });
  alerts.goOn();

  assert.equal(alerts.selected.value, second.id);
  assert.equal(alerts.settled.value, false);
});

test("a new alert opens over one that is finished", async () => {
  const over = incident({ status: "closed", outcome: "confirmed" });
  serve([over], []);
  await read();
  alerts.open(over.id);
  const fresh = incident();

  await arrive(fresh);

  assert.equal(alerts.selected.value, fresh.id);
});

test("what somebody chose to look at stays while others wait", async () => {
  const [over, waiting] = [incident({ status: "closed", outcome: "rejected" }), incident()];
  serve([waiting, over], []);
  await read();

  alerts.open(over.id);
  alerts.goOn();

  assert.equal(alerts.selected.value, over.id);
});

test("of several new alerts the gravest comes to the front", async () => {
  serve([], []);
  await read();
  for (const category of ["theft", "violence", "ban"]) await alerts.take(async () => incident({ category }));

  alerts.announce();

  assert.equal(alerts.shown.value.category, "violence");
});

test("an alert takes the place of the check of the phone", async () => {
  serve([], []);
  await read();
  alerts.atShift.value = true;

  await arrive(incident());

  assert.equal(alerts.atShift.value, false);
});

test("in the console alerts are counted and nothing opens", async () => {
  session.value = me({ may: ["list_incidents", "respond", "list_entries"] });
  go("watchlist");
  serve([], []);
  await read();

  await arrive(incident());

  assert.equal(alerts.selected.value, null);
  assert.equal(alerts.waiting.value.length, 1);
});

test("a page says that it is silent until its touch was seen", async () => {
  alerts.noticeSilence();
  assert.equal(alerts.noticed.value, true);

  await canRing();
  alerts.noticeSilence();
  assert.equal(alerts.noticed.value, true);

  mock.timers.tick(1500);
  alerts.noticeSilence();
  assert.equal(alerts.noticed.value, false);
});
