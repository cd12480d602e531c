// Which alert comes to the front.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byUrgency, firstOf, isInHand } from "web/state/urgency.js";
import { incident, minutes, NOON } from "./build.mjs";

const NOW = Date.parse(NOON);
const coming = (at) => ({ responder: { account: "li", at }, my_verdict: "same", status: "responding" });

test("grave grounds come first, then whoever was seen last", () => {
  const [ban, threat, theft] = ["ban", "threat", "theft"].map((category) => incident({ category }));

  assert.deepEqual([ban, threat, theft].sort(byUrgency), [threat, theft, ban]);
});

test("an entry that is gone from the list is not urgent", () => {
  const [gone, ban] = [incident({ category: null }), incident()];

  assert.deepEqual([gone, ban].sort(byUrgency), [ban, gone]);
});

test("an alert is in hand until its faces are compared", () => {
  assert.equal(isInHand(incident(), "li", NOW), true);
  assert.equal(isInHand(incident({ my_verdict: "same" }), "li", NOW), false);
  assert.equal(isInHand(incident({ outcome: "rejected" }), "li", NOW), false);
  assert.equal(isInHand(null, "li", NOW), false);
});

test("an alert is in hand while its account is on the way, for half an hour", () => {
  assert.equal(isInHand(incident(coming(minutes(-29))), "li", NOW), true);
  assert.equal(isInHand(incident(coming(minutes(-31))), "li", NOW), false);
  assert.equal(isInHand(incident(coming(minutes(-1))), "ana", NOW), false);
});

test("a page opens with the alert its account is on the way to", () => {
  const [mine, urgent] = [incident(coming(minutes(-5))), incident({ category: "violence" })];

  assert.equal(firstOf([urgent, mine], "li", NOW), mine);
  assert.equal(firstOf([urgent, mine], "ana", NOW), urgent);
});

test("else with the first new one, else with the latest undecided one", () => {
  const old = incident({ status: "responding" });
  const fresh = incident({ category: "threat" });
  const over = incident({ outcome: "confirmed", status: "confirmed" });

  assert.equal(firstOf([over, old, fresh], "li", NOW), fresh);
  assert.equal(firstOf([over, old], "li", NOW), old);
  assert.equal(firstOf([over], "li", NOW), null);
});
