// A language that is chosen in one window is that of the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { language } from "web/shared/language.js";
import { browser } from "./browser.mjs";

const told = (key) => browser.happen("storage", { key });

test("what another window chose is spoken here", () => {
  localStorage.setItem("wardwatch.language", "zh-CN");
  told("wardwatch.language");

  assert.equal(language.value, "zh-CN");
});

test("what else another window stores changes no language", () => {
  localStorage.setItem("wardwatch.language", "en");
  told("wardwatch.sound");

  assert.equal(language.value, "zh-CN");
});
