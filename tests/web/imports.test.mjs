// An import's files and report: which names are sent, what the table shows, what is saved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "web/console/imports/csv.js";
import { freeName, meantBy } from "web/console/imports/meant.js";
import { merged, sorted } from "web/console/imports/merged.js";
import { pace } from "web/console/imports/pace.js";
import { plan } from "web/console/imports/plan.js";
import { ofField, zipOf } from "web/console/imports/source-file.js";
import { isOlder, waitsOf } from "web/console/imports/waits.js";
import { openZip } from "web/console/imports/zip.js";
import { speak } from "web/shared/language.js";
import { batch, counts, item } from "./build.mjs";
import { zipped } from "./zipped.mjs";

// A file of a picked folder.
function picked(way) {
  const file = new File(["x"], way.split("/").at(-1));
  Object.defineProperty(file, "webkitRelativePath", { value: `picked/${way}` });
  return file;
}
const arranged = (...ways) => plan(ofField(ways.map(picked)));
const names = (planned) => planned.photos.map((photo) => photo.name);

test("photos beside people.csv keep their names", () => {
  const planned = arranged("people.csv", "0017__1.jpg", "0018__1.JPG");

  assert.equal(planned.people.name, "people.csv");
  assert.deepEqual(names(planned), ["0017__1.jpg", "0018__1.JPG"]);
  assert.equal(planned.question, null);
});

test("a folder is a person, whose photos are numbered", () => {
  const planned = arranged("people.csv", "Quint/a.jpg", "Quint/b.png", "Wang/c.jpg");

  assert.deepEqual(names(planned), ["Quint__1.jpg", "Quint__2.png", "Wang__1.jpg"]);
});

test("a folder around everything is nobody", () => {
  const planned = arranged("delivery/people.csv", "delivery/Quint/a.jpg", "delivery/Wang/b.jpg");

  assert.equal(planned.around, "delivery");
  assert.equal(planned.peopleAt, "delivery/people.csv");
  assert.deepEqual(names(planned), ["Quint__1.jpg", "Wang__1.jpg"]);
});

test("one folder in another is a person, unless its files name people", () => {
  assert.deepEqual(names(arranged("delivery/Quint/a.jpg", "delivery/Quint/b.jpg")), ["Quint__1.jpg", "Quint__2.jpg"]);
  assert.deepEqual(names(arranged("delivery/all/1__1.jpg", "delivery/all/2__1.jpg")), ["1__1.jpg", "2__1.jpg"]);
});

test("a folder whose photos name several people is not one person", () => {
  assert.deepEqual(names(arranged("people.csv", "all/1__1.jpg", "all/2__1.jpg")), ["1__1.jpg", "2__1.jpg"]);
});

test("what systems leave behind is passed over", () => {
  assert.deepEqual(names(arranged("0017__1.jpg", "Thumbs.db", ".DS_Store", "__MACOSX/0017__1.jpg")), ["0017__1.jpg"]);
});

test("nothing is sent before it is clear which file is the table", () => {
  assert.equal(arranged("a/people.csv", "b/people.csv", "a/1__1.jpg").question.kind, "severalTables");
  assert.equal(arranged("list.xlsx", "1__1.jpg").question.kind, "workbook");
  assert.equal(arranged("names.csv", "1__1.jpg").question.kind, "isItTheTable");
  assert.deepEqual(arranged("people.csv", "list.xlsx", "1__1.jpg").passed, ["list.xlsx"]);
});

test("names that no address can hold and archives are faults", () => {
  const planned = arranged("0017\u0007__1.jpg", "0018__1.jpg", "old.zip");

  assert.deepEqual(
    Object.fromEntries(planned.photos.map((photo) => [photo.name, photo.fault])),
    { "0017\u0007__1.jpg": "bad_name", "0018__1.jpg": null, "old.zip": "inner_archive" },
  );
});

test("the report is worst first, and what was answered since stands over it", () => {
  const report = [item("b__1.jpg", { outcome: "warning" }), item("a__1.jpg")];
  const answers = new Map([["a__1.jpg", item("a__1.jpg", { outcome: "question" })], ["c__1.jpg", item("c__1.jpg")]]);
  const job = { stage: { value: "sending" }, answers };

  assert.deepEqual(merged(report, job, "", "need").map((row) => row.name), ["a__1.jpg", "b__1.jpg", "c__1.jpg"]);
  assert.deepEqual(merged(report, null, "", "need").map((row) => row.name), ["b__1.jpg", "a__1.jpg"]);
});

test("rows are sorted by what needs somebody first, or by name, however they came", () => {
  const rows = [
    item("10__1.jpg", { label: "Ann", outcome: "ready" }), item("2__1.jpg", { label: "Bo", outcome: "question" }),
    item("9__1.jpg", { label: "Ann", outcome: "refused" }), item("people.csv, line 4", { label: null, external_id: null, outcome: "refused" }),
  ];
  const names = (found) => found.map((row) => row.name);

  const need = ["2__1.jpg", "9__1.jpg", "people.csv, line 4", "10__1.jpg"];
  assert.deepEqual(names(sorted(rows, "need")), need);
  assert.deepEqual(names(sorted([...rows].reverse(), "need")), need);
  assert.deepEqual(names(sorted(rows, "name")), ["9__1.jpg", "10__1.jpg", "2__1.jpg", "people.csv, line 4"]);
});

test("a row that no longer has the wanted outcome goes", () => {
  const job = { stage: { value: "sending" }, answers: new Map([["a__1.jpg", item("a__1.jpg", { outcome: "refused" })]]) };

  assert.deepEqual(merged([item("a__1.jpg")], job, "ready", "need"), []);
});

test("once all are judged the report says more than the answers", () => {
  const report = [item("a__1.jpg", { outcome: "refused" })];
  const local = item("b__1.jpg", { outcome: "refused", file_sha256: null });
  const job = { stage: { value: "done" }, answers: new Map([["a__1.jpg", item("a__1.jpg")], ["b__1.jpg", local]]) };

  assert.deepEqual(merged(report, job, "", "need"), [report[0], local]);
});

test("the time that is left is known while files are being judged", () => {
  const recent = [0, 500, 1000, 1500, 2000];

  assert.deepEqual(pace(recent, 20, 2100), { rate: 2, seconds: 10 });
  assert.equal(pace(recent.slice(0, 4), 20, 1600), null);
  assert.equal(pace(recent, 20, 5001), null);
});

test("a report for office programs works nothing out, and speaks the page's language", () => {
  const rows = [
    item('=HYPERLINK("x")__1.jpg', { label: "+86 Bo", outcome: "refused", findings: [{ code: "small_face", value: -41, limit: 56, text: "a, b" }] }),
    item("people.csv, line 4", { kind: "row", external_id: null, label: null, outcome: "question" }),
    item("\uff1d1__1.jpg", { external_id: null }),
  ];

  const lines = csv(rows).split("\r\n");
  assert.match(lines[0], /^\ufeffoutcome,name,number,file or line,finding,/);
  assert.equal(lines[1], `Refused,'+86 Bo,"'=HYPERLINK(""x"")","'=HYPERLINK(""x"")__1.jpg",Face too small,-41,56,"a, b",file,refused,small_face`);
  assert.equal(lines[2], 'Question,,,"people.csv, line 4",,,,,row,question,');
  assert.equal(lines[3], "Ready,,,'\uff1d1__1.jpg,,,,,file,ready,");
  assert.deepEqual(lines.slice(4), [""]);
  speak("zh-CN");
  try {
    const chinese = csv(rows).split("\r\n");
    assert.match(chinese[0], /^\ufeff处理结果,姓名,编号,/);
    assert.match(chinese[1], /^拒绝,/);
    assert.match(chinese[2], /^待确认,,,people.csv 第 4 行,/);
  } finally {
    speak("en");
  }
});

const here = { account: "ana", mayApprove: true, missing: 0 };

test("an import says what it waits for, and for whom", () => {
  const asked = batch({ counts: { people: counts({ question: 2, ready: 3 }), photos: counts({ question: 1, ready: 3 }), lines: counts() } });
  const clear = batch({ counts: { people: counts({ warning: 1, ready: 3 }), photos: counts({ ready: 4 }), lines: counts() } });
  const committed = batch({ state: "committed", author: "ana", pending: 4 });

  assert.deepEqual(waitsOf(batch(), null, here), [{ kind: "files", many: 0 }]);
  assert.deepEqual(waitsOf({ ...asked, undecided: 1 }, null, { ...here, missing: 7 }), [
    { kind: "files", many: 7 }, { kind: "answers", many: 2 }, { kind: "pairs", many: 1 },
  ]);
  assert.deepEqual(waitsOf(clear, null, here), [{ kind: "commit", many: 4 }]);
  assert.deepEqual(waitsOf(committed, null, here), [{ kind: "another", many: 4 }]);
  assert.deepEqual(waitsOf(committed, null, { ...here, account: "bea" }), [{ kind: "me", many: 4 }]);
  assert.deepEqual(waitsOf(committed, null, { ...here, account: "rik", mayApprove: false }), [{ kind: "another", many: 4 }]);
  assert.deepEqual(waitsOf({ ...committed, pending: 0 }, null, here), []);
});

test("while files go it waits only for who does not answer", () => {
  const why = new Error("the embedder does not answer");
  const sending = { stage: "sending", waiting: 0, waitsFor: why };

  assert.deepEqual(waitsOf(batch(), sending, here), []);
  assert.deepEqual(waitsOf(batch(), { ...sending, waiting: 2 }, here), [{ kind: "service", why }]);
  assert.deepEqual(waitsOf(batch(), { ...sending, stage: "paused" }, here), [{ kind: "paused" }]);
});

test("an answer that was under way does not take a step back", () => {
  const open = batch({ revision: 4 });

  assert.ok(isOlder(open, batch({ state: "committed", revision: 4 })));
  assert.ok(isOlder(open, batch({ revision: 5 })));
  assert.ok(!isOlder(open, batch({ revision: 4 })));
  assert.ok(!isOlder(batch({ id: "another" }), batch({ revision: 9 })));
});

const reading = async (found) => Buffer.from(await found.file.read()).toString();

test("a zip is read one file at a time, packed or not", async () => {
  const zip = zipped({ name: "photos/0017__1.jpg", content: "front ".repeat(50) }, { name: "photos/" }, { name: "张/a.jpg", content: "left", stored: true });

  const { found, encodings } = await openZip(new Blob(["before", zip].slice(1)));

  assert.deepEqual(encodings, []);
  assert.deepEqual(found.map(({ path }) => path.join("/")), ["photos/0017__1.jpg", "张/a.jpg"]);
  assert.deepEqual(await Promise.all(found.map(reading)), ["front ".repeat(50), "left"]);
  assert.deepEqual(names(plan(found)), ["photos__1.jpg", "张__1.jpg"]);
});

test("what in a zip cannot be read is a fault of its own", async () => {
  const zip = zipped(
    { name: "1.jpg", content: "x", encrypted: true }, { name: "2.jpg", content: "y", crc: 7 },
    { name: "3.jpg", content: "z", method: 99 }, { name: "4.jpg", content: "0".repeat(16 * 1024 * 1024), size: 10 },
    { name: "../5.jpg", content: "v" }, { name: "6.jpg", content: "a" }, { name: "6.jpg", content: "b" },
  );

  const { found } = await openZip(new Blob([zip]));

  const codes = await Promise.all(found.slice(0, 4).map(({ file }) => file.read().then(() => "", (error) => error.code)));
  assert.deepEqual(codes, ["encrypted", "damaged", "damaged", "too_many_bytes"]);
  assert.deepEqual(found.map(({ fault }) => fault ?? ""), ["", "", "", "", "bad_name", "", "name_twice"]);
  assert.deepEqual(plan(found).photos.map(({ fault }) => fault).filter(Boolean).sort(), ["bad_name", "name_twice"]);
});

test("names in a zip that does not tell their encoding are asked about", async () => {
  const gbk = [0xd5, 0xc5, 0x2e, 0x6a, 0x70, 0x67]; // 张.jpg
  const zip = new Blob([zipped({ raw: gbk, content: "x" })]);

  const asked = await openZip(zip);
  const chosen = await openZip(zip, "gb18030");

  assert.deepEqual(asked.encodings.find(({ name }) => name === "gb18030").sample, ["张.jpg"]);
  assert.deepEqual(chosen.encodings, []);
  assert.deepEqual(chosen.found.map(({ path }) => path), [["张.jpg"]]);
});

test("what is no zip, or is cut short, is not opened", async () => {
  const whole = zipped({ name: "1.jpg", content: "x".repeat(100) });

  for (const bytes of [new Uint8Array(0), whole.slice(0, -30), whole.slice(40), new Uint8Array(3000)]) {
    await assert.rejects(openZip(new Blob([bytes])));
  }
});

test("one zip, alone or with a table beside it, is opened; one among photos is not", () => {
  const of = (...ways) => zipOf(ofField(ways.map((way) => new File(["x"], way))))?.path[0];

  assert.equal(of("all.zip"), "all.zip");
  assert.equal(of("people.csv", "all.ZIP"), "all.ZIP");
  assert.equal(of("1.jpg", "all.zip"), undefined);
  assert.equal(of("a.zip", "b.zip"), undefined);
});

test("a plan says whom the files alone would make", () => {
  assert.deepEqual(arranged("0017__1.jpg", "0017__2.jpg", "Wang/a.jpg", "notes.txt").persons, ["0017", "Wang"]);
});

test("a photo without a line is sent under the id that somebody says is meant", () => {
  const finding = (code, meant) => ({ code, severity: "rejected", text: "", meant });
  const row = item("17__1.JPG", { findings: [finding("unclear_date", ["2028-03-04"]), finding("no_row", ["0017 (people.csv, 3)", "17a (people.csv, 9)"])] });

  assert.deepEqual(meantBy(row), [{ id: "0017", line: 3 }, { id: "17a", line: 9 }]);
  assert.deepEqual(meantBy(item("18__1.jpg")), []);
  assert.equal(freeName("17__1.JPG", "0017", new Set(["0017__1.JPG", "0017__2.JPG"])), "0017__3.JPG");
});
