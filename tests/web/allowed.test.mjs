// What the page offers to do with an entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed } from "web/console/entry/allowed.js";
import { showsSeveral } from "web/console/entry/people.js";
import { bodyOf, EMPTY, isWhole } from "web/console/grounds/form.js";
import { entry } from "./build.mjs";

const pending = entry({ state: "pending", author: "ana", put_forward_by: "cai" });
const keeper = () => true;

test("nobody approves what they wrote or put forward", () => {
  assert.deepEqual(allowed(pending, "bea", keeper), ["approve", "revoke", "erase"]);
  assert.deepEqual(allowed(pending, "ana", keeper), ["revoke", "erase"]);
  assert.deepEqual(allowed(pending, "cai", keeper), ["revoke", "erase"]);
});

test("a later end is approved only where one waits, by somebody else", () => {
  const renewal = { by: "ana", expires_at: "2028-06-30T16:00:00Z", last_day: "2028-06-30" };

  assert.ok(!allowed(entry(), "bea", keeper).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal }), "bea", keeper).includes("approveRenewal"));
  assert.ok(!allowed(entry({ renewal }), "ana", keeper).includes("approveRenewal"));
  assert.ok(allowed(entry({ renewal, state: "expired" }), "bea", keeper).includes("approveRenewal"));
});

test("who only reads is offered nothing", () => {
  assert.deepEqual(allowed(pending, "rik", () => false), []);
});

test("who only drafts and puts forward is offered that alone", () => {
  const editor = (operation) => ["submit_entry", "discard_entry", "renew_entry"].includes(operation);

  assert.deepEqual(allowed(entry({ state: "draft" }), "eva", editor), ["submit", "discard"]);
  assert.deepEqual(allowed(pending, "eva", editor), []);
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

test("named sites are named before a form is sent", () => {
  const at = (kind, sites) => ({ ...EMPTY, scope: { kind, group: null, sites } });

  assert.equal(isWhole(EMPTY), true);
  assert.equal(isWhole(at("sites", [])), false);
  assert.equal(isWhole(at("sites", ["h1"])), true);
});
