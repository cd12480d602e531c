// Why something was refused, as a person reads it.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { speak } from "web/shared/language.js";
import { explain } from "web/shared/refusals.js";
import { Refused } from "web/shared/request.js";

afterEach(() => speak("en"));

const wrongState = { status: 409, code: "entry_state", params: { state: "revoked", states: ["active", "pending"] } };

test("parameters stand in the sentence, lists by the language's own comma", () => {
  assert.match(explain(wrongState).text, /revoked.*active, pending/);
  speak("zh-CN");
  assert.equal(explain(wrongState).text, "此条目为“撤销”，此操作只适用于：生效、待批准。");
});

test("a number is shown as it is", () => {
  const { text } = explain({ status: 422, code: "too_many_characters", params: { field: "label", most: 200 } });

  assert.equal(text, "Too long: label has at most 200 characters.");
});

test("a parameter that did not come leaves a gap and not a brace", () => {
  const { text } = explain({ status: 409, code: "decided_already", params: {} });

  assert.equal(text, " has decided on these two already.");
});

test("a code without words is said in general, with the server's English aside", () => {
  const problem = { status: 409, code: "from_a_newer_server", detail: "the moon is full", title: "Conflict" };

  assert.deepEqual(explain(problem), { text: "This was not accepted.", aside: "the moon is full" });
  assert.equal(explain({ status: 502, title: "Bad gateway" }).text, "This cannot be done at the moment.");
  assert.equal(explain({ status: 502, title: "Bad gateway" }).aside, "Bad gateway");
  assert.equal(explain({ status: 500 }).aside, "500");
  speak("zh-CN");
  assert.deepEqual(explain(problem), { text: "系统未接受此操作。", aside: "the moon is full" });
});

test("a name that every object has is no code", () => {
  assert.equal(explain({ status: 409, code: "toString" }).aside, "409");
});

test("a refusal is read in the language of the moment", () => {
  const refused = new Refused(409, { code: "verdict_given" });

  assert.equal(refused.message, "You have already given another verdict. Correct that one.");
  speak("zh-CN");
  assert.equal(refused.message, "您已作出另一判断，请更正原来的判断。");
});

test("a refusal without words holds the aside in brackets", () => {
  assert.equal(new Refused(418, { detail: "I am a teapot" }).message, "This was not accepted. (I am a teapot)");
});

test("a sentence of the page's own is taken as it is", () => {
  const refused = new Refused(413, { sentence: "Larger than 15 MB. Make it smaller." });

  assert.deepEqual(refused.explained, { text: "Larger than 15 MB. Make it smaller.", aside: "" });
});
