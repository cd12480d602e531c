// Text from people is shown as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "web/shared/html.js";
import { oneLine, visible } from "web/shared/text.js";

const TURNED = "ab\u202edc"; // shows the rest from right to left
const BLANK = "a\u200bb\u3164c"; // a zero width space and a filler

test("signs that hide or turn the writing round are written out", () => {
  assert.equal(visible(TURNED), "ab\\u202edc");
  assert.equal(visible(BLANK), "a\\u200bb\\u3164c");
  assert.equal(visible("\u0007\u007f"), "\\x07\\x7f");
  assert.equal(visible("a\u{e0041}b"), "a\\U000e0041b");
});

test("half a character is written out", () => {
  assert.equal(visible("a\ud83d"), "a\\ud83d");
});

test("names in any writing stay as they are", () => {
  for (const name of ["王芳", "José Müller", "محمد", "👩‍⚕️".replace("\u200d", ""), "a-b_c.jpg"]) {
    assert.equal(visible(name), name);
  }
});

test("line breaks stay in a text and are written out on one line", () => {
  assert.equal(visible("a\nb\tc"), "a\nb\tc");
  assert.equal(oneLine("a\r\nb\tc"), "a\\r\\nb\\tc");
});

test("children of a template are made visible, also in lists", () => {
  const drawn = html`<p>${TURNED} and ${[BLANK, 7]}</p>`;

  assert.deepEqual(drawn.props.children.flat(), ["ab\\u202edc", " and ", "a\\u200bb\\u3164c", 7]);
});

test("what an element reads out is made visible, what a field holds is not", () => {
  const drawn = html`<input aria-label=${TURNED} placeholder=${BLANK} value=${TURNED} />`;

  assert.equal(drawn.props["aria-label"], "ab\\u202edc");
  assert.equal(drawn.props.placeholder, "a\\u200bb\\u3164c");
  assert.equal(drawn.props.value, TURNED);
});

test("properties of a component are passed on as they are", () => {
  const Component = () => null;

  assert.equal(html`<${Component} label=${TURNED} />`.props.label, TURNED);
});

test("markup in a text stays text", () => {
  const drawn = html`<p>${"<b>bold</b>"}</p>`;

  assert.equal(drawn.type, "p");
  assert.equal(drawn.props.children, "<b>bold</b>");
});
