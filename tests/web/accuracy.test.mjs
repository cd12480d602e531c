// How shares of a report of accuracy are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "web/console/accuracy/share.js";

test("a share is told in percent with where it lies", () => {
  assert.equal(shown({ value: 0.0639, low: 0.05, high: 0.0788 }), "6.4 % (5.0–7.9)");
});

test("a small share has the digits that tell it from none", () => {
  assert.equal(shown({ value: 0.0009, low: 0.0002, high: 0.0021 }), "0.09 % (0.02–0.21)");
  assert.equal(shown({ value: 0, low: 0, high: 0.0005 }), "0.000 % (0.000–0.050)");
});
