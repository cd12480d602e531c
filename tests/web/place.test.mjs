// Where in the page a person is.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { address, go, place, stepsOf } from "web/shared/place.js";
import { keeping, ofAccounts, me as session } from "web/shared/session.js";
import { browser } from "./browser.mjs";
import { me } from "./build.mjs";

beforeEach(() => go());

test("an address leads to a place and back", () => {
  assert.equal(address("imports", "i1", "check"), "#/imports/i1/check");
  assert.deepEqual(stepsOf("#/imports/i1/check"), ["imports", "i1", "check"]);
  assert.deepEqual(stepsOf("#/"), []);
});

test("anything else is the alerts, also a code", () => {
  assert.equal(stepsOf(""), null);
  assert.equal(stepsOf("#code=ABCD"), null);
});

test("a place follows the address and those who go", () => {
  go("watchlist", "e1");
  assert.equal(location.hash, "#/watchlist/e1");
  assert.deepEqual(place.value, ["watchlist", "e1"]);

  location.hash = "#/policy";
  browser.happen("hashchange");
  assert.deepEqual(place.value, ["policy"]);

  go();
  assert.equal(place.value, null);
});

test("the console is in front only for those who may read the list", () => {
  go("watchlist");
  session.value = me();
  assert.equal(keeping.value, false);

  session.value = me({ may: ["list_entries"] });
  assert.equal(keeping.value, true);
});

test("who sees no alert is at the list wherever they are, but for accounts", () => {
  session.value = me({ may: ["list_entries"] });
  go();
  assert.equal(keeping.value, true);

  go("account");
  assert.equal(ofAccounts.value, true);
});
