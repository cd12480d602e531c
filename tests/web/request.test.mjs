// One request to the server.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Away, call, proof, Refused, send } from "web/shared/request.js";
import { browser, json } from "./browser.mjs";

beforeEach(() => {
  browser.requests.length = 0;
  browser.serve = () => json({ found: 1 });
});

test("an address is filled, and what is empty is left out of it", async () => {
  const query = { verdict: "", cursor: null, limit: 50, open: false, name: undefined };

  await call("GET /watchlist/imports/{import}/items", { path: { import: "a b/c" }, query });

  assert.equal(browser.requests[0].url, "/api/v1/watchlist/imports/a%20b%2Fc/items?limit=50&open=false");
  assert.equal(browser.requests[0].method, "GET");
  assert.equal(browser.requests[0].body, undefined);
});

test("words go as JSON, with the key that makes them the same request", async () => {
  await call("POST /sites/{site}/matching", { path: { site: "h1" }, body: { stopped: true, reason: "drill" }, key: "k1" });

  const [{ body, headers }] = browser.requests;
  assert.deepEqual(JSON.parse(body), { stopped: true, reason: "drill" });
  assert.deepEqual(headers, { "Content-Type": "application/json", "Idempotency-Key": "k1" });
});

test("a file goes as it is", async () => {
  const file = new File(["bytes"], "a.jpg", { type: "image/jpeg" });

  await call("PUT /watchlist/imports/{import}/photos/{file}", { path: { import: "i1", file: "ü__1.jpg" }, body: file });

  const [{ url, body, headers }] = browser.requests;
  assert.equal(url, "/api/v1/watchlist/imports/i1/photos/%C3%BC__1.jpg");
  assert.equal(body, file);
  assert.equal(headers["Content-Type"], "application/octet-stream");
});

test("an answer is JSON, a file or nothing", async () => {
  assert.deepEqual(await call("GET /me"), { found: 1 });

  browser.serve = () => new Response("picture", { headers: { "Content-Type": "image/jpeg" } });
  const picture = await call("GET /incidents/{incident}/pictures/{which}", { path: { incident: "1", which: "camera" } });
  assert.equal(await picture.text(), "picture");

  browser.serve = () => new Response(null, { status: 204 });
  assert.equal(await call("DELETE /session"), null);
});

test("a refusal brings its problem and when to come again", async () => {
  browser.serve = () => json({ code: "too_many_requests" }, 429, { "Retry-After": "7" });

  await assert.rejects(call("GET /me"), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.status, error.problem.code, error.retryAfterSeconds], [429, "too_many_requests", 7]);
    return true;
  });
});

test("a refusal by something that speaks no JSON is a refusal", async () => {
  browser.serve = () => new Response("<h1>Bad gateway</h1>", { status: 502 });

  await assert.rejects(call("GET /me"), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.status, error.problem, error.retryAfterSeconds], [502, {}, 1]);
    return true;
  });
});

test("without an answer nobody knows whether it was done", async () => {
  browser.serve = () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(call("GET /me"), Away);

  browser.serve = () => new Response('{"broken', { headers: { "Content-Type": "application/json" } });
  await assert.rejects(call("GET /me"), Away);
});

test("a request is given up when its time is over", async () => {
  const awake = setInterval(() => {}, 1000); // the time of a request alone does not keep node running
  let used;
  browser.serve = ({ signal }) => {
    used = signal;
    return new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason)));
  };

  await assert.rejects(send("GET /me", {}, 1), Away);

  clearInterval(awake);
  assert.equal(used.reason.name, "TimeoutError");
});

test("where somebody must prove who they are, they are asked, and it is sent once more", async () => {
  const refused = () =>
    new Response(JSON.stringify({ status: 403, code: "proof_needed" }), {
      status: 403, headers: { "Content-Type": "application/problem+json" },
    });
  let proven = false;
  browser.serve = () => (proven ? json({ code: "A" }) : refused());
  const make = () => call("POST /accounts/{account}/code", { path: { account: "1" } });

  proof.ask = async () => false;
  await assert.rejects(make, Refused);
  assert.equal(browser.requests.length, 1);

  proof.ask = async () => (proven = true);
  assert.deepEqual(await make(), { code: "A" });
  assert.equal(browser.requests.length, 3);
});
