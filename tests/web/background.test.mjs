// Whether a phone can ring while the page is not in front, and why not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backgroundOf, isApple } from "web/state/background.js";
import { en } from "web/shared/words/en.js";
import { zh } from "web/shared/words/zh.js";

const ready = {
  isSecure: true, hasWorker: true, hasPush: true, isApple: false, isInstalled: false, permission: "granted",
  isServed: true, isSubscribed: true, provenAt: "2026-11-23T12:00:00Z",
};
const CASES = [
  ["proven", {}],
  ["insecure", { isSecure: false, hasWorker: false }],
  ["not_installed", { isApple: true, hasPush: false }],
  ["proven", { isApple: true, isInstalled: true }],
  ["no_worker", { hasWorker: false }],
  ["no_push", { hasPush: false }],
  ["not_served", { isServed: false }],
  ["denied", { permission: "denied" }],
  ["not_asked", { permission: "default" }],
  ["not_subscribed", { isSubscribed: false }],
  ["not_proven", { provenAt: null }],
];

for (const [expected, over] of CASES) {
  test(`${JSON.stringify(over)} is ${expected}, in both languages`, () => {
    const said = backgroundOf({ ...ready, ...over });
    assert.equal(said, expected);
    assert.ok(en.background[said] && zh.background[said]);
  });
}

test("only one state says that it can ring", () => {
  const said = CASES.map(([, over]) => backgroundOf({ ...ready, ...over })).filter((each) => each === "proven");
  assert.equal(said.length, 2);
});

test("an iPad that calls itself a Macintosh is told apart from one", () => {
  const userAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
  assert.equal(isApple({ userAgent, maxTouchPoints: 5 }), true);
  assert.equal(isApple({ userAgent, maxTouchPoints: 0 }), false);
});
