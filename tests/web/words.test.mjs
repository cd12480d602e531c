// Both languages say the same things, with the same facts in them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { en as accountsEn } from "web/accounts/words/en.js";
import { zh as accountsZh } from "web/accounts/words/zh.js";
import { en as auditEn } from "web/console/audit/words/en.js";
import { zh as auditZh } from "web/console/audit/words/zh.js";
import { en as consoleEn } from "web/console/words/en.js";
import { FINDINGS } from "web/console/words/findings.js";
import { zh as consoleZh } from "web/console/words/zh.js";
import { en as runningEn } from "web/console/running/words/en.js";
import { zh as runningZh } from "web/console/running/words/zh.js";
import { en as refusalsEn } from "web/shared/refusals/en.js";
import { zh as refusalsZh } from "web/shared/refusals/zh.js";
import { language, speak } from "web/shared/language.js";
import { words } from "web/shared/words.js";
import { en } from "web/shared/words/en.js";
import { zh } from "web/shared/words/zh.js";

const CHINESE = /\p{Script=Han}/u;
const TABLES = { pages: [en, zh], console: [consoleEn, consoleZh], accounts: [accountsEn, accountsZh], audit: [auditEn, auditZh], running: [runningEn, runningZh] };
// Words that are built from a value with a shape of its own.
const SHAPED = {
  where: [{ kind: "group", group: "north", sites: ["h1", "h2"] }],
  actTitle: ["submit", "Marlo Quint"],
};

function leaves(table, path = "") {
  return Object.entries(table).flatMap(([key, value]) =>
    typeof value === "object" ? leaves(value, `${path}${key}.`) : [[`${path}${key}`, value]],
  );
}

// Values that are found again in whatever sentence holds them.
const valuesFor = (name, word) => SHAPED[name] ?? Array.from({ length: word.length }, (_, n) => 31 + 2 * n);

for (const [name, [english, chinese]] of Object.entries(TABLES)) {
  // What the program itself gives as a reason is English, and has words only in Chinese.
  const [ours, theirs] = [english, chinese].map((table) => new Map(leaves({ ...table, ownReasons: {} })));

  test(`both languages of the ${name} have the same words`, () => {
    assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
    assert.ok(ours.size > 60);
  });

  test(`no word of the ${name} is empty, and Chinese ones are Chinese`, () => {
    for (const [key, word] of theirs) {
      const text = typeof word === "function" ? word(...valuesFor(key, word)) : word;
      assert.ok(text.trim() !== "" && ours.get(key) !== "", key);
      assert.ok(CHINESE.test(text) || /^[^A-Za-z]*$/.test(text) || key === "where", `${key}: ${text}`);
    }
  });

  test(`sentences of the ${name} hold the same values in both languages`, () => {
    for (const [key, word] of ours) {
      const other = theirs.get(key);
      assert.equal(typeof other, typeof word, key);
      if (typeof word !== "function") continue;
      const values = valuesFor(key, word);
      const found = [word, other].map((each) => each(...values).match(/\d+|north|h\d|Marlo Quint/g) ?? []);
      assert.deepEqual(found[0].sort(), found[1].sort(), key);
    }
  });
}

test("English counts one thing in the singular", () => {
  assert.equal(en.newAlerts(1), "1 new alert");
  assert.equal(en.newAlerts(3), "3 new alerts");
  assert.equal(consoleEn.waitsFor.missing(1, 4).split(".")[0], "Waits for 1 file that was not sent");
  assert.equal(consoleEn.leaveOut(2, 1), "Leave out 2 people and 1 rejected photo or line");
});

test("refusals in both languages have the same codes", () => {
  assert.deepEqual(Object.keys(refusalsEn).sort(), Object.keys(refusalsZh).sort());
});

test("no refusal has a placeholder that is spelled in two ways", () => {
  const placed = (text) => new Set(text.match(/\{[^}]*\}/g) ?? []);
  for (const sentence of [...Object.values(refusalsEn), ...Object.values(refusalsZh)]) {
    for (const each of placed(sentence)) assert.match(each, /^\{[a-z_]+\}$/);
  }
  for (const code of Object.keys(refusalsEn)) {
    const [ours, theirs] = [placed(refusalsEn[code]), placed(refusalsZh[code])];
    // A Chinese sentence may leave out what is only English prose, and names fields instead of faults.
    const spare = ["{detail}", "{faults}", "{fields}", "{kind}", "{service}"];
    const apart = [...ours, ...theirs].filter((each) => !(ours.has(each) && theirs.has(each)) && !spare.includes(each));
    assert.deepEqual(apart, [], code);
  }
});

test("every finding has a title and a remedy in both languages", () => {
  for (const [code, { en: title, zh: titel, enDo, zhDo }] of Object.entries(FINDINGS)) {
    assert.ok(title && enDo, code);
    assert.ok(CHINESE.test(titel) && CHINESE.test(zhDo), code);
  }
});

test("the words follow the chosen language, which is kept", () => {
  assert.equal(words.value.signOut, "Sign out");

  speak("zh-CN");

  assert.equal(words.value.signOut, "退出");
  assert.equal(localStorage.getItem("wardwatch.language"), "zh-CN");
  assert.equal(language.value, "zh-CN");
});
