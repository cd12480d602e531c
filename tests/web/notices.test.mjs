// Which notifications are closed, and when the browser is asked for them.
import { effect } from "@preact/signals";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { incidents, listed } from "web/state/alerts.js";
import { clearAnswered } from "web/state/notices.js";
import { pushed, registration } from "web/state/worker.js";

const said = (id, status) => ({ id, status, outcome: null });
const settled = () => new Promise((resolve) => setImmediate(resolve));
let shown, closed, asked;

// The notifications of a phone.
const phone = {
  getNotifications: async () => {
    asked += 1;
    return shown.map((tag) => ({ tag, close: () => closed.push(tag) }));
  },
};

effect(clearAnswered);

beforeEach(() => {
  [incidents.value, listed.value, registration.value, shown] = [[], true, phone, []];
  [closed, asked] = [[], 0];
});

test("an alert that is answered closes its notification and no other", async () => {
  shown = ["a", "b"];
  incidents.value = [said("a", "acknowledged"), said("b", "new")];
  await settled();
  assert.deepEqual(closed, ["a"]);
});

test("a new alert asks the browser for nothing, which may be about to show it", async () => {
  incidents.value = [said("a", "acknowledged")];
  incidents.value = [said("b", "new"), said("a", "acknowledged")];
  incidents.value = [said("c", "new"), said("b", "new"), said("a", "acknowledged")];
  await settled();
  assert.equal(asked, 1);
});

test("a notification that comes after its alert was answered is closed once it is shown", async () => {
  incidents.value = [said("a", "acknowledged")];
  await settled();
  shown = ["a"];
  pushed.value = { incident: "a" };
  await settled();
  assert.deepEqual(closed, ["a"]);
});

test("an alert that is new again rings again and is closed again", async () => {
  shown = ["a"];
  for (const status of ["acknowledged", "new", "acknowledged"]) incidents.value = [said("a", status)];
  await settled();
  assert.deepEqual(closed, ["a", "a"]);
});
