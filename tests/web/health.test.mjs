// What the page says that it is good for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { elapsedMs, isReceiving, statusOf } from "web/state/health.js";

const NOW = 1_000_000;
const WELL = { streaming: true, listed: true, allWell: true, lastWellAt: NOW - 5000, now: NOW };
const site = (name) => ({ site: name, stopped: false });

test("alerts arrive only while everything that it takes is there", () => {
  assert.equal(isReceiving(WELL), true);
  for (const lack of ["streaming", "listed", "allWell"]) assert.equal(isReceiving({ ...WELL, [lack]: false }), false, lack);
});

test("a server that was not heard for nine seconds is away", () => {
  assert.equal(isReceiving({ ...WELL, lastWellAt: NOW - 8999 }), true);
  assert.equal(isReceiving({ ...WELL, lastWellAt: NOW - 9000 }), false);
  assert.equal(isReceiving({ ...WELL, lastWellAt: null }), false);
});

test("nobody knows how long ago it was before the clock was put back", () => {
  assert.equal(elapsedMs(NOW + 1500, NOW), -1500);
  assert.equal(elapsedMs(NOW + 3_600_000, NOW), Infinity);
  assert.equal(isReceiving({ ...WELL, lastWellAt: NOW + 3_600_000 }), false);
});

test("a page that cannot ring never says that all is well", () => {
  const known = { receiving: true, silent: false, stopped: [], sites: [site("h1")], working: "yes" };

  assert.equal(statusOf(known), "well");
  assert.equal(statusOf({ ...known, silent: true }), "silent");
  assert.equal(statusOf({ ...known, silent: true, stopped: ["h1"] }), "silent");
  assert.equal(statusOf({ ...known, receiving: false, silent: true }), "away");
});

test("matching that is stopped at some sites is said so", () => {
  const known = { receiving: true, silent: false, sites: [site("h1"), site("h2")], working: "degraded" };

  assert.equal(statusOf({ ...known, stopped: ["h2"] }), "partly");
  assert.equal(statusOf({ ...known, stopped: ["h1", "h2"] }), "stopped");
});

test("nothing is well unless the server says that alerts work", () => {
  const known = { receiving: true, silent: false, stopped: [], sites: [site("h1")], working: "yes" };

  assert.equal(statusOf({ ...known, working: "no" }), "no");
  assert.equal(statusOf({ ...known, working: "degraded" }), "degraded");
  assert.equal(statusOf({ ...known, working: null }), "degraded");
  assert.equal(statusOf({ ...known, working: "no", receiving: false }), "away");
});
