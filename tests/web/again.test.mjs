// A page of which a file did not arrive.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { reloadWhenThere } from "web/again.js";
import { browser, settle } from "./browser.mjs";

let reloads;

beforeEach(() => {
  reloads = 0;
  location.reload = () => (reloads += 1);
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

async function pass(seconds) {
  mock.timers.tick(seconds * 1000);
  await settle();
}

test("a page is loaded again as soon as the server answers", async () => {
  browser.serve = () => {
    throw new TypeError("fetch failed");
  };
  const done = reloadWhenThere(new TypeError("Failed to fetch dynamically imported module"));
  await pass(2);
  await pass(2);
  assert.equal(reloads, 0);

  browser.serve = () => new Response("<!doctype html>");
  await pass(2);
  await done;

  assert.equal(reloads, 1);
});

test("a server that is there and refuses is not there yet", async () => {
  browser.serve = () => new Response("", { status: 503 });
  reloadWhenThere(new TypeError("Failed to fetch dynamically imported module"));

  await pass(2);

  assert.equal(reloads, 0);
});

test("a fault of the page itself is not hidden by loading it again", async () => {
  await assert.rejects(reloadWhenThere(new SyntaxError("Unexpected token")), SyntaxError);
  assert.equal(reloads, 0);
});
