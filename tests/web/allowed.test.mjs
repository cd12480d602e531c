// What the page offers to do with an entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed } from "web/console/entry/allowed.js";
import { showsSeveral } from "web/console/entry/people.js";
import { bodyOf, EMPTY, isWhole } from "web/console/grounds/form.js";
import { entry } from "./build.mjs";

const pending = entry({ state: "pending", author: "ana", put_forward_by: "cai" });

test("nobody approves what they wrote or put forward", () => {
  assert.deepEqual(allowed(pending, "bea", true), ["approve", "revoke", "erase"]);
  assert.deepEqual(allowed(pending, "ana", true), ["revoke", "erase"]);
  assert.deepEqual(allowed(pending, "cai", true), ["revoke", "erase"]);
});

test("a later end is approved only where one waits, by somebody else", () => {
  const renewal = { by: "ana", expires_at: "2028-06-30T16:00:00Z", last_day: "2028-06-30" };

  assert.ok(!allowed(entry(), "bea", true).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal }), "bea", true).includes("approveRenewal"));
  assert.ok(!allowed(entry({ renewal }), "ana", true).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal, state: "expired" }), "bea", true).includes("approveRenewal"));
});

test("who only reads is offered nothing", () => {
  assert.deepEqual(allowed(pending, "rik", false), []);
});

test("what was erased stays erased", () => {
  assert.deepEqual(allowed(entry({ state: "revoked" }), "bea", true), ["erase"]);
  assert.deepEqual(allowed(entry({ state: "erased" }), "bea", true), []);
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

test("named sites are named before a form is sent", () => {
  const at = (kind, sites) => ({ ...EMPTY, scope: { kind, group: null, sites } });

  assert.equal(isWhole(EMPTY), true);
  assert.equal(isWhole(at("sites", [])), false);
  assert.equal(isWhole(at("sites", ["h1"])), true);
});
