// Something more to compare between alerts: it looks like any other until it is answered, and is in no list then.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as alerts from "web/state/alerts.js";
import { judge } from "web/state/actions.js";
import { isOpen } from "web/state/urgency.js";
import { me as session } from "web/shared/session.js";
import { browser, json } from "./browser.mjs";
import { incident, me } from "./build.mjs";

beforeEach(() => {
  alerts.forget();
  session.value = me({ role: "reviewer", may: ["list_incidents", "review", "next_pair"] });
  asked.length = 0;
});

const asked = [];
const answered = (each, control = null) => ({ ...each, my_verdict: "not_same", may_review: false, control });

// The server has one alert, and behind it *more*, if anything.
function serve(alert, more = null) {
  browser.serve = ({ url, method }) => {
    const path = new URL(url, "http://page").pathname.replace("/api/v1", "");
    asked.push(`${method ?? "GET"} ${path}`);
    if (path === "/next-pair") return json({ incident: more?.id ?? null });
    if (path === `/incidents/${alert.id}/verdict`) return json(answered(alert));
    if (path === `/incidents/${more?.id}/verdict`) return json(answered(more, { same: false, right: true }));
    return json(more);
  };
}

async function compared(alert) {
  await alerts.take(async () => alert);
  alerts.open(alert.id);
  await judge(alert.id, "not_same");
}

test("after an answer a reviewer may be shown another pair", async () => {
  const [alert, more] = [incident(), incident()];
  serve(alert, more);

  await compared(alert);

  assert.equal(alerts.selected.value, more.id);
  assert.equal(alerts.shown.value.control ?? null, null);
});

test("what it was is told once, and then it is in no list", async () => {
  const [alert, more] = [incident(), incident()];
  serve(alert, more);
  await compared(alert);

  await judge(more.id, "not_same");

  assert.deepEqual(alerts.shown.value.control, { same: false, right: true });
  assert.equal(isOpen(alerts.shown.value), false);
  assert.equal(asked.filter((each) => each.endsWith("/next-pair")).length, 1);
  alerts.open(null);
  assert.deepEqual(alerts.incidents.value.map((each) => each.id), [alert.id]);
});

test("where there is nothing more, what was answered stays in front", async () => {
  const alert = incident();
  serve(alert);

  await compared(alert);

  assert.equal(alerts.selected.value, alert.id);
});

test("who is no reviewer asks for nothing", async () => {
  session.value = me({ may: ["list_incidents", "review"] });
  const alert = incident();
  serve(alert, incident());

  await compared(alert);

  assert.equal(alerts.selected.value, alert.id);
  assert.equal(asked.some((each) => each.endsWith("/next-pair")), false);
});
