// An import's files and report: which names are sent, what the table shows, what is saved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "web/console/imports/csv.js";
import { merged } from "web/console/imports/merged.js";
import { pace } from "web/console/imports/pace.js";
import { plan } from "web/console/imports/plan.js";
import { item } from "./build.mjs";

// A file of a picked folder.
function picked(way) {
  const file = new File(["x"], way.split("/").at(-1));
  Object.defineProperty(file, "webkitRelativePath", { value: `picked/${way}` });
  return file;
}
const arranged = (...ways) => plan(ways.map(picked));
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
  const report = [item("a__1.jpg"), item("b__1.jpg", { verdict: "warning" })];
  const answers = new Map([["a__1.jpg", item("a__1.jpg", { verdict: "rejected" })], ["c__1.jpg", item("c__1.jpg")]]);
  const job = { stage: { value: "sending" }, answers };

  assert.deepEqual(merged(report, job, "").map((row) => row.name), ["a__1.jpg", "b__1.jpg", "c__1.jpg"]);
  assert.deepEqual(merged(report, null, "").map((row) => row.name), ["b__1.jpg", "a__1.jpg"]);
});

test("a row that no longer has the wanted verdict goes", () => {
  const job = { stage: { value: "sending" }, answers: new Map([["a__1.jpg", item("a__1.jpg", { verdict: "rejected" })]]) };

  assert.deepEqual(merged([item("a__1.jpg")], job, "ready"), []);
});

test("once all are judged the report says more than the answers", () => {
  const report = [item("a__1.jpg", { verdict: "rejected" })];
  const local = item("b__1.jpg", { verdict: "rejected", file_sha256: null });
  const job = { stage: { value: "done" }, answers: new Map([["a__1.jpg", item("a__1.jpg")], ["b__1.jpg", local]]) };

  assert.deepEqual(merged(report, job, ""), [report[0], local]);
});

test("the time that is left is known while files are being judged", () => {
  const recent = [0, 500, 1000, 1500, 2000];

  assert.deepEqual(pace(recent, 20, 2100), { rate: 2, seconds: 10 });
  assert.equal(pace(recent.slice(0, 4), 20, 1600), null);
  assert.equal(pace(recent, 20, 5001), null);
});

test("a report for office programs works nothing out", () => {
  const rows = [
    item('=HYPERLINK("x")__1.jpg', { verdict: "rejected", findings: [{ code: "small_face", value: 41, limit: 56, text: "a, b" }] }),
    item("\uff1d1__1.jpg", { external_id: null }),
  ];

  const lines = csv(rows).split("\r\n");
  assert.equal(lines[0], "\ufefffile,external_id,verdict,code,value,limit,remedy,kind");
  assert.equal(lines[1], `"'=HYPERLINK(""x"")__1.jpg","'=HYPERLINK(""x"")",rejected,small_face,41,56,"a, b",file`);
  assert.equal(lines[2], "'\uff1d1__1.jpg,,ready,,,,,file");
  assert.deepEqual(lines.slice(3), [""]);
});
