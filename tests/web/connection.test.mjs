// From signing in to the end of a session: what the page knows of the server, and when it says so.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import * as state from "web/state/state.js";
import { browser, json, settle } from "./browser.mjs";
import { incident, me, NOON } from "./build.mjs";

const well = (over = {}) => ({ receiving: true, reason: null, checked_at: NOON, stopped_sites: [], short_disks: [], repaired_streams: [], cameras: [], ...over });
const site = (name, over = {}) => ({ site: name, stopped: false, account: null, reason: null, at: null, ...over });

// What the server has; a test changes it.
let server;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse(NOON) });
  server = { incidents: [], sites: [site("h1")], refuse: {} };
  browser.requests.length = browser.vibrations.length = 0;
  browser.serve = ({ method, url, body }) => {
    const { pathname, searchParams } = new URL(url, "http://page");
    const operation = `${method} ${pathname.replace("/api/v1", "")}`;
    const refusal = server.refuse[operation];
    if (refusal === "away") throw new TypeError("fetch failed");
    if (refusal !== undefined) return json({ title: "no", status: refusal, code: server.code }, refusal);
    if (operation === "POST /session") return json({ token: "secret", ...me() });
    if (operation === "GET /me") return json(me());
    if (operation === "GET /sites") return json({ sites: server.sites });
    if (operation === "GET /incidents") {
      return json({ incidents: searchParams.get("open") ? [] : server.incidents, next: null });
    }
    if (operation === "POST /sites/h1/matching") return json(site("h1", { ...JSON.parse(body), account: "li" }), 202);
    if (operation === "DELETE /session") return new Response(null, { status: 204 });
    const known = server.incidents.find((each) => pathname.includes(each.id));
    return known ? json(known) : json({ title: "no", status: 404, code: "no_incident" }, 404);
  };
});

afterEach(() => {
  state.leave(null);
  mock.timers.reset();
});

async function signedIn() {
  await state.signIn("ABCD-EFGH-JKLM");
  browser.stream.begin();
  browser.stream.send("state", well());
  await settle();
}

// Seconds go by on this machine, as the page notices once a second.
function pass(seconds) {
  mock.timers.tick(seconds * 1000);
  state.ticking.value = Date.now();
}

test("who signs in with a code receives alerts, and no token is kept", async () => {
  await signedIn();

  assert.deepEqual(state.me.value, me());
  assert.equal(state.receiving.value, true);
  assert.equal(state.checkedAt.value, NOON);
  assert.equal(browser.stream.url, "/api/v1/events");
});

test("a code that is not taken is said, and nobody is signed in", async () => {
  server.refuse["POST /session"] = 401;
  server.code = "code_not_taken";

  await state.signIn("ABCD-EFGH-JKLM");

  assert.equal(state.me.value, null);
  assert.match(state.problem.value, /^This code is not taken\./);
});

test("a server that is away is no refusal of the code", async () => {
  server.refuse["POST /session"] = "away";

  await state.signIn("ABCD-EFGH-JKLM");

  assert.equal(state.problem.value, "offline");
});

test("a page does not receive before it has read the list", async () => {
  server.refuse["GET /incidents"] = 503;
  await signedIn();
  assert.equal(state.receiving.value, false);

  delete server.refuse["GET /incidents"];
  mock.timers.tick(500);
  await settle();
  assert.equal(state.receiving.value, true);
});

test("a server that falls silent is lost after nine seconds", async () => {
  await signedIn();
  state.noticeReceiving();

  pass(8);
  assert.equal(state.lost.value, false);

  pass(1);
  assert.equal(state.status.value, "away");
  assert.equal(state.lost.value, true);
  assert.equal(state.silentMs.value, 9000);
});

test("a person is told by touch of a silence, once", async () => {
  await signedIn();

  for (const seconds of [15, 1, 1]) {
    pass(seconds);
    state.warn();
  }

  assert.deepEqual(browser.vibrations, [400]);
});

test("a server that does not hear alerts itself is no good news", async () => {
  await signedIn();

  browser.stream.send("state", well({ receiving: false, reason: "the database is away" }));

  assert.equal(state.receiving.value, false);
});

test("an event brings its alert to the front", async () => {
  await signedIn();
  const fresh = incident();
  server.incidents = [fresh];

  browser.stream.send("incident", { kind: "raised", incident: fresh.id });
  await settle();

  assert.equal(state.shown.value.id, fresh.id);
});

test("an alert that could not be read is asked for again", async () => {
  await signedIn();
  const fresh = incident();
  server.incidents = [fresh];
  server.refuse[`GET /incidents/${fresh.id}`] = 503;
  browser.stream.send("incident", { kind: "raised", incident: fresh.id });
  await settle();
  assert.deepEqual(state.incidents.value, []);

  server.refuse = {};
  mock.timers.tick(500);
  await settle();

  assert.equal(state.incidents.value[0].id, fresh.id);
});

test("an alert that was asked for too fast is asked for again", async () => {
  await signedIn();
  const fresh = incident();
  server.incidents = [fresh];
  server.refuse[`GET /incidents/${fresh.id}`] = 429;
  browser.stream.send("incident", { kind: "raised", incident: fresh.id });
  await settle();
  assert.deepEqual(state.incidents.value, []);

  server.refuse = {};
  mock.timers.tick(500);
  await settle();

  assert.equal(state.incidents.value[0].id, fresh.id);
});

test("why a face is not shown is said in the page's language", async () => {
  const url = "/api/v1/incidents/1/pictures/camera";
  const answers = [
    json({ title: "no", status: 429, code: "faces_too_fast", params: { seconds: 3 } }, 429),
    json({ title: "no", status: 404, code: "no_picture" }, 404),
    json({ title: "no", status: 503 }, 503),
    json({ title: "no", status: 503 }, 503, { "Retry-After": "2" }),
    json({}),
  ];
  browser.serve = () => answers.shift();

  assert.match((await state.pictureFault(url)).told, /3/);
  assert.deepEqual(await state.pictureFault(url), { deleted: true, told: "", againMs: 5000 });
  assert.deepEqual(await state.pictureFault(url), { deleted: false, told: "", againMs: 5000 });
  assert.deepEqual(await state.pictureFault(url), { deleted: false, told: "", againMs: 2000 });
  assert.deepEqual(await state.pictureFault(url), { deleted: false, told: "", againMs: 0 });
});

test("a page that a newer one replaced says why it receives nothing", async () => {
  await signedIn();
  state.noticeReceiving();

  browser.stream.send("state", well({ receiving: false, code: "page_replaced" }));
  assert.deepEqual([state.receiving.value, state.lost.value, state.unserved.value], [false, true, "page_replaced"]);

  browser.stream.breakOff();
  browser.stream.begin();
  browser.stream.send("state", well());
  assert.equal(state.unserved.value, null);
});

test("a stream that broke off is followed by the whole list", async () => {
  await signedIn();
  const missed = incident();
  server.incidents = [missed];

  browser.stream.breakOff();
  browser.stream.begin();
  assert.equal(state.receiving.value, false);
  await settle();

  assert.deepEqual(state.incidents.value.map((each) => each.id), [missed.id]);
  assert.equal(state.receiving.value, true);
});

test("a stream that was refused is opened anew", async () => {
  await signedIn();
  const refused = browser.stream;

  refused.breakOff({ forGood: true });
  mock.timers.tick(1000);

  assert.notEqual(browser.stream, refused);
});

test("a session that ended leads back to the first screen", async () => {
  await signedIn();
  server.incidents = [incident()];
  server.refuse["GET /me"] = 401;

  browser.stream.breakOff();
  await settle();

  assert.equal(state.me.value, null);
  assert.equal(state.problem.value, "ended");
  assert.deepEqual(state.incidents.value, []);
  assert.equal(browser.stream.readyState, EventSource.CLOSED);
});

test("a site that is stopped elsewhere is known here", async () => {
  await signedIn();
  server.sites = [site("h1", { stopped: true, account: "ana", reason: "drill" })];

  browser.stream.send("state", well({ stopped_sites: ["h1"] }));
  await settle();

  assert.deepEqual(state.stopped.value, ["h1"]);
  assert.equal(state.sites.value[0].reason, "drill");
});

test("a disk with little room is known until it has some", async () => {
  await signedIn();
  const disk = { name: "broker", full: false, free_bytes: 9e8, hours_left: 5 };

  browser.stream.send("state", well({ short_disks: [disk] }));
  assert.deepEqual(state.shortDisks.value, [disk]);

  browser.stream.send("state", well());
  assert.deepEqual(state.shortDisks.value, []);
});

test("a stream that was put right is told for as long as the server tells", async () => {
  await signedIn();
  const repaired = { stream: "CONTROL", cause: "lost", at: NOON };

  browser.stream.send("state", well({ repaired_streams: [repaired] }));
  assert.deepEqual(state.repairedStreams.value, [repaired]);

  browser.stream.send("state", well());
  assert.deepEqual(state.repairedStreams.value, []);
});

test("a camera in trouble is named for as long as the server names it", async () => {
  await signedIn();
  const troubled = { site: "h1", camera: "gate-2", code: "too_fast", frames: 40 };

  browser.stream.send("state", well({ cameras: [troubled] }));
  assert.deepEqual(state.troubledCameras.value, [troubled]);

  browser.stream.send("state", well());
  assert.deepEqual(state.troubledCameras.value, []);
});

test("who stops matching sees it at once", async () => {
  await signedIn();

  assert.equal(await state.setMatching("h1", true, "drill"), true);

  assert.deepEqual(state.stopped.value, ["h1"]);
  const { body, headers } = browser.requests.at(-1);
  assert.deepEqual(JSON.parse(body), { stopped: true, reason: "drill" });
  assert.match(headers["Idempotency-Key"], /^[0-9a-f-]{36}$/);
});

test("what was refused is said in words, what was not answered waits", async () => {
  const open = incident();
  server.incidents = [open];
  await signedIn();
  server.refuse[`POST /incidents/${open.id}/verdict`] = 409;
  server.code = "verdict_given";
  await state.judge(open.id, "same");
  assert.equal(state.complaint.value, "You have already given another verdict. Correct that one.");

  server.refuse[`POST /incidents/${open.id}/verdict`] = "away";
  await state.judge(open.id, "same");
  assert.equal(state.complaint.value, null);
  assert.equal(state.isUnsent(open.id), true);
});

test("a verdict that was taken ends the comparing", async () => {
  const open = incident();
  server.incidents = [open];
  await signedIn();
  browser.serve = () => json({ ...open, my_verdict: "same" });
  state.comparing.value = true;

  await state.judge(open.id, "same");

  assert.equal(state.comparing.value, false);
  assert.equal(state.shown.value.my_verdict, "same");
});

test("who signs out leaves nothing behind", async () => {
  server.incidents = [incident()];
  await signedIn();
  localStorage.setItem("wardwatch.unsent", "[]");

  await state.signOut();

  assert.equal(state.me.value, null);
  assert.deepEqual(state.incidents.value, []);
  assert.equal(localStorage.getItem("wardwatch.unsent"), null);
  assert.equal(state.problem.value, null);
});

test("who could not be signed out stays signed in and is told", async () => {
  await signedIn();
  server.refuse["DELETE /session"] = "away";

  await state.signOut();

  assert.equal(state.me.value.account, "li");
  assert.equal(state.complaint.value, "unconfirmed");
});

test("a drill is answered by the page itself, and nothing is shown or sounded", async () => {
  await signedIn();
  state.me.value = me({ may: [...me().may, "answer_drill"] });
  const before = { problem: state.problem.value, vibrations: browser.vibrations.length };

  browser.stream.send("drill", { drill: "ab".repeat(16) });
  await settle();

  const answers = browser.requests.filter(({ url }) => url.includes("/drills/"));
  assert.deepEqual(
    answers.map(({ method, url }) => `${method} ${url}`),
    [`POST /api/v1/drills/${"ab".repeat(16)}`],
  );
  assert.deepEqual({ problem: state.problem.value, vibrations: browser.vibrations.length }, before);
});

test("an answer to a drill that does not get through is nobody's trouble", async () => {
  await signedIn();
  state.me.value = me({ may: [...me().may, "answer_drill"] });
  server.refuse[`POST /drills/${"ab".repeat(16)}`] = "away";

  browser.stream.send("drill", { drill: "ab".repeat(16) });
  await settle();

  assert.equal(state.problem.value, null);
});
