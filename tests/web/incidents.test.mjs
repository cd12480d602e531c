// The charts of incidents: every count is seen, and no bar leaves its chart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { boxes, everyNth, HEIGHT, sum, top, WIDTH } from "web/console/incidents/bars.js";
import { byAnswer, byCategory, byDay } from "web/console/incidents/figures.js";
import { narrow, narrowed, sought, widen } from "web/console/incidents/sought.js";

const bar = (...counts) => ({ label: "1", parts: counts.map((count, n) => ({ kind: `k${n}`, count })) });
const outcomes = { confirmed: 1, rejected: 2, unresolved: 0, ended: 0, undecided: 3 };

test("bars stand on each other, from below, inside the chart", () => {
  const [first, second, alone] = boxes([bar(3, 2), bar(0, 5)]);

  assert.equal(first.y + first.height, HEIGHT);
  assert.equal(second.y + second.height, first.y);
  assert.equal(second.y, 0);
  assert.ok(alone.x > WIDTH / 2 && alone.x + alone.width < WIDTH);
});

test("one of thousands is still seen, and nothing is drawn of none", () => {
  const drawn = boxes([bar(1, 4999), bar(0, 0)]);

  assert.equal(drawn.length, 2);
  assert.ok(drawn[0].height > 1);
});

test("the scale ends at a round number above every bar", () => {
  assert.deepEqual([[], [bar(1)], [bar(7, 6)], [bar(100)], [bar(101)]].map(top), [1, 1, 20, 100, 200]);
});

test("labels of a year do not run into each other", () => {
  assert.deepEqual([1, 8, 30, 366].map(everyNth), [1, 2, 6, 74]);
});

test("charts show the counts of the server and no others", () => {
  const found = {
    days: [{ day: "2026-11-24", outcomes }],
    answered: [{ seconds: 30, count: 4 }, { seconds: null, count: 1 }],
    unanswered: 2,
    categories: [{ category: "ban", confirmed: 5, rejected: 6 }],
  };
  const w = { within: (seconds) => `${seconds} s`, longer: "longer", nobody: "nobody" };

  assert.deepEqual(byDay(found, (day) => day).map((each) => [each.label, sum(each)]), [["2026-11-24", 6]]);
  assert.deepEqual(byAnswer(found, w).map((each) => [each.label, sum(each)]), [["30 s", 4], ["longer", 1], ["nobody", 2]]);
  assert.deepEqual(byCategory(found, (code) => code)[0].parts.map((part) => part.count), [6, 5]);
});

test("what is sought is narrowed bit by bit, and an empty field is any", () => {
  narrow({ site: "h1", state: "open" });
  narrow({ account: "ana" });
  assert.deepEqual(sought.value, { site: "h1", state: "open", account: "ana" });
  assert.equal(narrowed(), 2);

  narrow({ site: "" });
  assert.deepEqual(sought.value, { state: "open", account: "ana" });
  widen();
  assert.deepEqual(sought.value, {});
});
