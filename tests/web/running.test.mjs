// The last hour as the page joins what it asks for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, joined, readable } from "web/console/running/kept.js";

const stage = (values) => ({
  stage: "detector", replicas: values, received: values, done: values, shed: values, age_seconds: values.map((each) => each || null), busy: values,
});
const view = (times, values, over = {}) => ({ process: "p1", since: "s", times, stages: [stage(values)], hints: [], ...over });

test("newer steps come behind those that are known, each once", () => {
  const so = [view([10, 20], [1, 2]), view([20, 30], [9, 3]), view([], [])].reduce(joined, null);
  assert.deepEqual(so.times, [10, 20, 30]);
  assert.deepEqual(so.stages[0].received, [1, 2, 3]);
  assert.equal(after(so), 30);
  assert.equal(after(null), 0);
});

test("no more than an hour is kept", () => {
  const times = Array.from({ length: 300 }, (_, n) => n);
  const so = joined(view(times, times), view(times.map((at) => at + 300), times));
  assert.deepEqual([so.times.length, so.times[0], so.stages[0].busy.length], [360, 240, 360]);
});

test("another process is not joined to the former, for it counts by itself", () => {
  const now = view([30], [3], { process: "p2" });
  assert.equal(joined(view([10], [1]), now), now);
  const anew = view([30], [3], { since: "later" });
  assert.equal(joined(view([10], [1]), anew), anew);
});

test("figures are as fine as they are worth", () => {
  assert.deepEqual([0, 0.0123, 0.5, 9.876, 12.34, 1234.5].map(readable), ["0", "0.012", "0.5", "9.9", "12.3", "1235"]);
});
