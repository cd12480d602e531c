// The audit's chain as the page joins what was recomputed, and how events are read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BEGUN, agrees, grouped, headOf, joined } from "web/console/audit/chain.js";
import { PROGRAM, detailsOf, leadsTo, named, shortened } from "web/console/audit/reading.js";

const HASH = "0123456789abcdef".repeat(4);
const head = (sequence, sha256 = HASH) => ({ sequence, sha256 });
const part = (over = {}) => ({
  events: 10, sequence: 10, sha256: HASH, total: 25, ended: false, faults: [], compared: [], published: null, ...over,
});

test("parts of the chain are one when the last has come", () => {
  const so = [part(), part({ sequence: 20 }), part({ events: 5, sequence: 25, ended: true })].reduce(joined, BEGUN);
  assert.deepEqual([so.events, so.sequence, so.total, so.ended, so.many], [25, 25, 25, true, 0]);
});

test("a fault of any part stays, and so many are counted as there are", () => {
  const faults = Array.from({ length: 80 }, (_, n) => ({ kind: "altered", number: n }));
  const so = [part({ faults }), part({ faults, ended: true })].reduce(joined, BEGUN);
  assert.deepEqual([so.faults.length, so.many], [100, 160]);
});

test("a head agrees, contradicts, or was not compared", () => {
  const so = joined(BEGUN, part({ compared: [{ ...head(3), agrees: true }, { ...head(4), agrees: false }] }));
  assert.deepEqual([head(3), head(4), head(5), head(3, "ab".repeat(32)), null].map((each) => agrees(so, each)), [true, false, null, null, null]);
});

test("the broker's head counts only in the part that held its event", () => {
  const at = "2026-11-30T02:00:00Z";
  const compared = joined(BEGUN, part({ compared: [{ ...head(9), agrees: true }], published: { ...head(9), at } }));
  assert.equal(compared.published.sequence, 9);
  assert.equal(joined(compared, part({ published: { ...head(9), at }, ended: true })).published.sequence, 9);
  assert.equal(joined(BEGUN, part({ published: { ...head(99), at } })).published, null);
});

test("a head is read as it is printed, and from paper in groups", () => {
  assert.deepEqual(headOf(`12 ${HASH}\n`), head(12));
  assert.deepEqual(headOf(`12 ${grouped(HASH).toUpperCase()}`), head(12));
  for (const wrong of ["", "12", HASH, `0 ${HASH}`, `12 ${HASH}00`, `12 ${HASH.slice(1)}`, `x12 ${HASH}`]) assert.equal(headOf(wrong), null);
});

test("what an event says beyond its columns is shown as it is", () => {
  assert.deepEqual(detailsOf({ details: '{"entry": "e", "revision": 3, "models": ["a"]}' }), [["entry", "e"], ["revision", "3"], ["models", '["a"]']]);
  assert.deepEqual(detailsOf({ details: "broken" }), [["details", "broken"]]);
});

test("an event leads to what it is about, where the page shows that", () => {
  const led = (about_kind, about = PROGRAM) => leadsTo({ about_kind, about });
  assert.deepEqual(["entry", "incident", "import", "account", "photo"].map((kind) => led(kind)), [
    `#/watchlist/${PROGRAM}`, `#/alerts/${PROGRAM}`, `#/imports/${PROGRAM}`, `#/accounts/${PROGRAM}`, null,
  ]);
  assert.equal(led("site", "h1"), null);
  const signedIn = { about_kind: "account", about: PROGRAM, details: '{"account": "li.wei"}' };
  assert.deepEqual([named(signedIn), named({ ...signedIn, details: "{}" })], ["li.wei", "00000000"]);
  assert.deepEqual([shortened(PROGRAM), shortened("h1")], ["00000000", "h1"]);
});
