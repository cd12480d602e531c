// What the page offers to do with an entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed } from "web/console/entry/allowed.js";
import { differences } from "web/console/entry/differences.js";
import { showsSeveral } from "web/console/entry/people.js";
import { changes, formOf } from "web/console/entry/words-form.js";
import { bodyOf, EMPTY, isWhole } from "web/console/grounds/form.js";
import { entry } from "./build.mjs";

const pending = entry({ state: "pending", author: "ana", put_forward_by: "cai" });
const keeper = () => true;

test("nobody approves what they wrote or put forward", () => {
  assert.deepEqual(allowed(pending, "bea", keeper), ["approve", "sendBack", "refuse", "erase"]);
  assert.deepEqual(allowed(pending, "ana", keeper), ["takeBack", "revoke", "erase"]);
  assert.deepEqual(allowed(pending, "cai", keeper), ["takeBack", "revoke", "erase"]);
});

test("a later end is approved only where one waits, by somebody else", () => {
  const renewal = { by: "ana", expires_at: "2028-06-30T16:00:00Z", last_day: "2028-06-30" };

  assert.ok(!allowed(entry(), "bea", keeper).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal }), "bea", keeper).includes("approveRenewal"));
  assert.ok(!allowed(entry({ renewal }), "ana", keeper).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal }), "ana", keeper).includes("dropRenewal"));
  assert.ok(!allowed(entry(), "ana", keeper).includes("dropRenewal"));
  assert.ok(allowed(entry({ renewal, state: "expired" }), "bea", keeper).includes("approveRenewal"));
});

test("one thing of an entry waits for approval at a time", () => {
  const renewal = { by: "ana", expires_at: "2028-06-30T16:00:00Z", last_day: "2028-06-30" };
  const amendment = { id: "1", state: "draft", author: "ana" };

  assert.ok(["amend", "merge", "renew"].every((act) => allowed(entry({ state: "active" }), "bea", keeper).includes(act)));
  assert.ok(!["amend", "merge"].some((act) => allowed(entry({ state: "active", renewal }), "bea", keeper).includes(act)));
  assert.ok(!["amend", "merge", "renew"].some((act) => allowed(entry({ state: "active", amendment }), "bea", keeper).includes(act)));
});

test("a change that waits is approved, sent back or refused, and never erased as a person", () => {
  const change = { ...pending, amends: "1" };

  assert.deepEqual(allowed(change, "bea", keeper), ["approve", "sendBack", "refuse"]);
  assert.deepEqual(allowed(change, "ana", keeper), ["takeBack"]);
});

test("a change shows what is said otherwise, and which photos come and go", () => {
  const photo = (position, name) => ({ position, name, source: "police", taken_on: null, measures: { face_px: 200 } });
  const scope = { kind: "network", group: null, sites: [] };
  const before = entry({ label: "Marlo", evidence: "file 7", scope, sites: [], photo_list: [photo(0, "a.jpg"), photo(1, "b.jpg")] });
  const after = { ...before, evidence: "file 8", photo_list: [photo(0, "a.jpg"), photo(1, "c.jpg")] };

  const made = differences(before, after);
  assert.deepEqual([made.words, made.scope], [["evidence"], false]);
  assert.deepEqual([made.added.map(({ name }) => name), made.removed.map(({ name }) => name)], [["c.jpg"], ["b.jpg"]]);
});

test("who only reads is offered nothing", () => {
  assert.deepEqual(allowed(pending, "rik", () => false), []);
});

test("who only drafts and puts forward is offered that alone", () => {
  const editor = (operation) =>
    ["submit_entry", "rewrite_entry", "return_entry", "discard_entry", "renew_entry"].includes(operation);

  assert.deepEqual(allowed(entry({ state: "draft" }), "eva", editor), ["submit", "edit", "discard"]);
  assert.deepEqual(allowed(pending, "eva", editor), []);
  assert.deepEqual(allowed({ ...pending, put_forward_by: "eva" }, "eva", editor), ["takeBack"]);
  assert.deepEqual(allowed(entry({ state: "active" }), "eva", editor), ["renew"]);
});

test("what was erased stays erased", () => {
  assert.deepEqual(allowed(entry({ state: "revoked" }), "bea", keeper), ["erase"]);
  assert.deepEqual(allowed(entry({ state: "erased" }), "bea", keeper), []);
});

test("photos show several people when their numbers differ", () => {
  const photos = (...people) => entry({ photo_list: people.map((person) => ({ person })) });

  assert.equal(showsSeveral(photos()), false);
  assert.equal(showsSeveral(photos(0, 0)), false);
  assert.equal(showsSeveral(photos(0, 1)), true);
});

test("an end that nobody chose is left to the desk", () => {
  const form = { ...EMPTY, category: "ban", until: "2028-06-30", usual: true, label: "Marlo" };

  assert.equal(bodyOf(form).last_day, null);
  assert.equal(bodyOf({ ...form, usual: false }).last_day, "2028-06-30");
  assert.equal(bodyOf(form).label, "Marlo");
  assert.ok(!("until" in bodyOf(form)) && !("usual" in bodyOf(form)));
});

test("of an entry's words only what is said otherwise is sent", () => {
  const scope = { kind: "network", group: null, sites: [] };
  const said = entry({ label: "Marlo", note: "", evidence: "file 7", last_day: "2028-06-30", scope });
  const form = formOf(said);

  assert.deepEqual(changes(said, form), {});
  assert.deepEqual(changes(said, { ...form, evidence: "file 8" }), { evidence: "file 8" });
  assert.deepEqual(changes(said, { ...form, until: "2027-01-01" }), { last_day: "2027-01-01" });
  assert.deepEqual(Object.keys(changes(said, { ...form, scope: { ...scope, kind: "sites", sites: ["h1"] } })), ["scope"]);
});

test("named sites are named before a form is sent", () => {
  const at = (kind, sites) => ({ ...EMPTY, scope: { kind, group: null, sites } });

  assert.equal(isWhole(EMPTY), true);
  assert.equal(isWhole(at("sites", [])), false);
  assert.equal(isWhole(at("sites", ["h1"])), true);
});
