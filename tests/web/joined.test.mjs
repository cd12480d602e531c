// What the page says of a list that was joined.
import assert from "node:assert/strict";
import { test } from "node:test";
import { standing } from "web/console/list/joined-list.js";
import { allowed } from "web/console/entry/allowed.js";
import { entry } from "./build.mjs";

const NOW = Date.parse("2026-11-29T14:02:34Z");
const joined = (over = {}) => ({
  list: "city", title: "City list", hospital: "h07", fingerprint: "", addresses: [], sites: ["h1"], silent_days: 30,
  asked_by: "li", asked_at: "2026-11-01T00:00:00Z", joined_by: "zhao", joined_at: "2026-11-01T00:01:00Z", answered: true,
  suspended_by: null, suspended_at: null, suspended_reason: "", silent_since: null, left_by: null, left_at: null,
  left_reason: "", number: 4711, agreed_at: "2026-11-29T14:02:30Z", heard_at: "2026-11-29T14:02:30Z", listed: 2098,
  entries: 2098, differing: 0, differs_since: null, locked: 0, suspended_here: 0, unclosed: 0, ...over,
});

test("a list that is the publisher's says as of when", () => {
  assert.deepEqual(standing(joined(), NOW), {
    text: "2098 people, the same as the publisher's 4 s ago, no. 4711", fresh: true,
  });
});

test("a list that is not in step says why, and is never called fresh", () => {
  const cases = {
    "is to be joined, says li": { joined_at: null },
    "is left; 2 erasures to be closed.": { left_at: "2026-11-29T00:00:00Z", unclosed: 2 },
    "is suspended by bea: a court asked": { suspended_at: "x", suspended_by: "bea", suspended_reason: "a court asked" },
    "is suspended: nothing was heard of its publisher for 30 days": { silent_since: "2026-10-01T00:00:00Z" },
    "is joined; nothing has come yet.": { heard_at: null },
    "is silent for 5 min: later changes are not here": { heard_at: "2026-11-29T13:57:34Z" },
    "3 entries differ, being fetched again.": { differing: 3 },
    "1 entry differs, being fetched again.": { differing: 1 },
  };
  for (const [text, over] of Object.entries(cases)) {
    const said = standing(joined(over), NOW);
    assert.ok(said.text.startsWith(text), said.text);
    assert.equal(said.fresh, false);
  }
});

test("an entry of another publisher's list can be stopped here, and nothing else", () => {
  const origin = { list: "city", title: "City list" };

  assert.deepEqual(allowed(entry({ state: "active", origin }), "bea", () => true), ["suspend"]);
  assert.deepEqual(allowed(entry({ state: "suspended", origin }), "bea", () => true), ["resume"]);
  assert.deepEqual(allowed(entry({ state: "expired", origin }), "bea", () => true), []);
});
