// Answers that cannot be sent wait, and are sent once.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import * as alerts from "web/state/alerts.js";
import { complaint } from "web/state/messages.js";
import * as queue from "web/state/unsent.js";
import { me as session } from "web/shared/session.js";
import { browser, json, settle } from "./browser.mjs";
import { incident, me, minutes, NOON } from "./build.mjs";

const KEPT = "wardwatch.unsent";
let known;
let isAway;

mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse(NOON) });

beforeEach(() => {
  queue.giveUp();
  alerts.forget();
  session.value = me();
  complaint.value = null;
  known = incident();
  isAway = false;
  browser.requests.length = 0;
  browser.serve = () => {
    if (isAway) throw new TypeError("fetch failed");
    return json(known);
  };
});

const sent = () => browser.requests.map(({ method, url }) => `${method} ${url.split("/").at(-1)}`);
const keys = () => browser.requests.map(({ headers }) => headers["Idempotency-Key"]);

test("an answer that can be sent is sent and not kept", async () => {
  await queue.answer(known.id, { kind: "respond" });

  assert.deepEqual(sent(), ["POST response"]);
  assert.equal(localStorage.getItem(KEPT), null);
});

test("an answer that cannot be sent waits, is kept, and is sent with the same key", async () => {
  isAway = true;
  await queue.answer(known.id, { kind: "verdict", verdict: "same" });
  assert.equal(queue.isUnsent(known.id), true);
  assert.match(localStorage.getItem(KEPT), /"verdict":"same"/);

  isAway = false;
  mock.timers.tick(4000);
  await settle();

  assert.equal(queue.isUnsent(known.id), false);
  assert.equal(localStorage.getItem(KEPT), null);
  assert.deepEqual(sent(), ["POST verdict", "POST verdict"]);
  assert.equal(new Set(keys()).size, 1);
});

test("answers are sent in their order, and each once", async () => {
  isAway = true;
  await queue.answer(known.id, { kind: "respond" });
  await queue.answer(known.id, { kind: "respond" });
  await queue.answer(known.id, { kind: "verdict", verdict: "same" });
  browser.requests.length = 0;
  isAway = false;

  await Promise.all([queue.flush(), queue.flush()]);

  assert.deepEqual(sent(), ["POST response", "POST verdict"]);
});

test("what is kept names nobody, and a note is not kept at all", async () => {
  isAway = true;
  await queue.answer(known.id, { kind: "respond" });
  await queue.answer(known.id, { kind: "report", result: "met", note: "It was Wu Anming" });

  const kept = localStorage.getItem(KEPT);
  assert.equal(queue.unsent.value.length, 2);
  assert.doesNotMatch(kept, /Anming|\bli\b|gate|ban/);
});

test("a refusal is said, and is the end of the answer", async () => {
  browser.serve = () => json({ title: "no", status: 409, code: "incident_closed" }, 409);

  await queue.answer(known.id, { kind: "respond" });

  assert.match(complaint.value, /^This alert is closed/);
  assert.equal(queue.isUnsent(known.id), false);
});

test("nothing is said in the name of somebody else on the same phone", async () => {
  isAway = true;
  await queue.answer(known.id, { kind: "verdict", verdict: "same" });
  browser.requests.length = 0;
  isAway = false;
  session.value = me({ account: "wang", expires_at: minutes(700) });

  await queue.flush();

  assert.deepEqual(sent(), []);
  assert.equal(localStorage.getItem(KEPT), null);
});

test("who said long ago that they go is not announced any more", async () => {
  isAway = true;
  await queue.answer(known.id, { kind: "respond" });
  browser.requests.length = 0;
  mock.timers.setTime(Date.parse(minutes(20)));
  isAway = false;

  await queue.flush();

  assert.deepEqual(sent(), []);
  assert.equal(complaint.value, "stale");
});
