// That a push came to this phone is heard on the stream, and not asked for again and again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { provenAfter, provenAt } from "web/state/proof.js";
import { NOON } from "./build.mjs";

test("a proof that comes after the push is waited for", async () => {
  provenAt.value = null;
  const waiting = provenAfter(async () => {}, 60_000);
  await Promise.resolve();
  provenAt.value = NOON;

  assert.equal(await waiting, true);
});

test("a proof from before is none", async () => {
  provenAt.value = NOON;

  assert.equal(await provenAfter(async () => {}, 1), false);
});

test("a push that cannot be asked for is not waited for", async () => {
  await assert.rejects(provenAfter(() => Promise.reject(new Error("away")), 60_000));
});

test("a proof that came while the push was asked for counts", async () => {
  provenAt.value = null;

  assert.equal(await provenAfter(async () => (provenAt.value = NOON), 60_000), true);
});
