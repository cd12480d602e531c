// What the page says of hospitals that have a list of ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOut } from "web/console/lists/read-out.js";
import { owes, standing } from "web/console/lists/standing.js";

const NOW = Date.parse("2026-11-29T14:02:34Z");
const clock = (at) => at.slice(11, 16);
const hello = (over = {}) => ({ heard_at: "2026-11-29T14:02:30Z", number: 4711, same: true, behind: false, ...over });
const hospital = (over = {}) => ({
  state: "admitted", asked_by: "li", removed_reason: "", invitation_expires_at: "2026-12-13T14:00:00Z", hello: hello(), ...over,
});

test("a hospital that holds what was published says as of when", () => {
  assert.deepEqual(standing(hospital(), NOW, clock), { text: "the same as ours 4 s ago", fresh: true });
});

test("a hospital that is not in step says why, and is never called fresh", () => {
  const cases = {
    "to be invited, says li": { state: "asked" },
    "invited until 14:00": { state: "invited" },
    "to be admitted, says li": { state: "answered" },
    "put out: it closed": { state: "removed", removed_reason: "it closed" },
    "nothing was heard of it yet": { hello: null },
    "silent since 13:58": { hello: hello({ heard_at: "2026-11-29T13:58:00Z" }) },
    "has not heard the last statement yet": { hello: hello({ behind: true, same: false }) },
    "holds something else than was published": { hello: hello({ same: false }) },
  };
  for (const [text, over] of Object.entries(cases)) {
    assert.deepEqual(standing(hospital(over), NOW, clock), { text, fresh: false });
  }
});

test("who owes an erasure is said with the reason", () => {
  const owing = { title: "Hospital 7", signed: 1, heard_at: "2026-11-29T14:02:30Z" };
  assert.equal(owes(owing, NOW, clock), "Hospital 7: waits for a matcher; 1 matcher has signed");
  assert.equal(owes({ ...owing, heard_at: "2026-11-29T13:58:00Z" }, NOW, clock), "Hospital 7: silent since 13:58");
  assert.equal(owes({ ...owing, heard_at: null }, NOW, clock), "Hospital 7: nothing was heard of it yet");
});

test("the last sixteen characters are read out in groups of four", () => {
  assert.equal(readOut("AAAA-BBBB-U3NK-AWBM-ZEHB-SF3A"), "U3NK AWBM ZEHB SF3A");
});
