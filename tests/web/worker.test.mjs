// The service worker: what it shows, where it leads, and that it keeps nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../services/alerts/web/sw.js", import.meta.url), "utf8");
const INCIDENT = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01";
const PUSH = {
  web_push: 8030,
  notification: {
    title: "Wardwatch", body: "A new alert", tag: INCIDENT, lang: "en", dir: "ltr", requireInteraction: true, renotify: true,
    navigate: `https://ward.example/#/alerts/${INCIDENT}`,
    data: { incident: INCIDENT, delivery: "d1", receipt: "r1" },
  },
};

let listeners, shown, sent, opened, messages, windows, deleted;

beforeEach(() => {
  [listeners, shown, sent, opened, messages, windows, deleted] = [{}, [], [], [], [], [], []];
  const scope = {
    location: new URL("https://ward.example/sw.js"),
    URL,
    caches: { keys: async () => ["old"], delete: async (name) => void deleted.push(name) },
    fetch: async (url, { method, body }) => void sent.push([method, url, JSON.parse(body)]),
    addEventListener: (name, listener) => (listeners[name] = listener),
    skipWaiting: async () => {},
    registration: { showNotification: async (title, options) => void shown.push({ title, ...options }) },
    clients: {
      claim: async () => {},
      matchAll: async () => windows,
      openWindow: async (address) => void opened.push(address),
    },
  };
  scope.globalThis = scope;
  runInNewContext(SOURCE, scope);
});

async function happen(name, event = {}) {
  let work;
  listeners[name]({ ...event, waitUntil: (promise) => (work = promise) });
  await work;
}

const pushed = (data) => happen("push", { data: { json: () => data } });
const clicked = () => happen("notificationclick", { notification: { data: shown[0].data, close() {} } });

test("a push is shown as it says, and its receipt sent once", async () => {
  await pushed(PUSH);

  assert.equal(shown[0].title, "Wardwatch");
  assert.equal(shown[0].tag, INCIDENT);
  assert.deepEqual(sent, [["POST", "/api/v1/receipts", { delivery: "d1", receipt: "r1", state: "shown" }]]);
});

test("a push that cannot be read is shown all the same", async () => {
  await happen("push", { data: { json: () => JSON.parse("no") } });
  await happen("push", { data: null });

  assert.deepEqual(shown.map(({ title }) => title), ["Wardwatch", "Wardwatch"]);
  assert.deepEqual(sent, []);
});

test("a tap opens the alert, and says that it was opened", async () => {
  await pushed(PUSH);
  await clicked();

  assert.deepEqual(opened, [`/#/alerts/${INCIDENT}`]);
  assert.equal(sent.at(-1)[2].state, "opened");
});

test("a tap brings the page to the front that is there", async () => {
  let focused = 0;
  windows = [{ focus: async () => (focused += 1), postMessage: (message) => messages.push(message) }];
  await pushed({ ...PUSH, notification: { ...PUSH.notification } });
  await clicked();

  assert.equal(focused, 1);
  assert.equal(messages.at(-1).open, INCIDENT);
  assert.deepEqual(opened, []);
});

test("a push leads nowhere but to this page", async () => {
  for (const navigate of ["https://elsewhere.example/#/alerts/1", "javascript:alert(1)", 7, undefined]) {
    await pushed({ notification: { ...PUSH.notification, navigate } });
  }

  assert.deepEqual(shown.map(({ data }) => data.address), ["/", "/", "/", "/"]);
});

test("it answers no request, and what another version kept is deleted", async () => {
  assert.equal(listeners.fetch, undefined);
  assert.doesNotMatch(SOURCE, /caches\.open|cache\.(put|add)/);

  await happen("activate");

  assert.deepEqual(deleted, ["old"]);
});
