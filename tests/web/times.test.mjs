// Days, times and ages, in the hospital's time zone wherever the browser is.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { dayOf, today, yearAfter } from "web/shared/days.js";
import { speak } from "web/shared/language.js";
import { me, setServerTime, ticking } from "web/shared/session.js";
import { age, clock, day } from "web/shared/times.js";
import { category, date, figure, moment, reason, until } from "web/console/formats.js";

const EVENING = "2026-11-23T17:05:09Z"; // the next day in Shanghai
const NOW = Date.parse("2026-11-23T12:00:00Z");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ahead = (ms) => new Date(NOW + ms).toISOString();

const hospitalIn = (time_zone) => (me.value = { account: "li", role: "guard", may: [], expires_at: EVENING, time_zone });

beforeEach(() => hospitalIn("Asia/Shanghai"));
afterEach(() => speak("en"));

test("a moment falls on the day that it is in the hospital", () => {
  assert.equal(dayOf(EVENING), "2026-11-24");
  hospitalIn("America/New_York");
  assert.equal(dayOf(EVENING), "2026-11-23");
});

test("today is by the server's clock, not by the browser's", () => {
  setServerTime("2031-05-06T20:00:00Z");
  assert.equal(today(), "2031-05-07");
  ticking.value += 10 * 60_000;
  assert.equal(today(), "2031-05-07");
});

test("a year later is the same day, or the last of February", () => {
  assert.equal(yearAfter("2026-11-23"), "2027-11-23");
  assert.equal(yearAfter("2028-02-29"), "2029-02-28");
  assert.equal(yearAfter("2027-12-31"), "2028-12-31");
});

test("a clock shows hours of the hospital from 0 to 23", () => {
  assert.equal(clock(EVENING), "01:05:09");
  assert.equal(clock("2026-11-23T16:00:00Z"), "00:00:00");
  hospitalIn("UTC");
  assert.equal(clock(EVENING), "17:05:09");
});

test("the day stands before the time unless it is today", () => {
  setServerTime("2026-11-23T17:30:00Z");
  assert.equal(day(EVENING), "01:05:09");
  assert.equal(day("2026-11-22T17:05:09Z"), "Nov 23 01:05:09");
  speak("zh-CN");
  assert.equal(day("2026-11-22T17:05:09Z"), "11月23日 01:05:09");
});

test("an age is in minutes, then hours, then days", () => {
  assert.equal(age(7_400), "00:07");
  assert.equal(age(12 * 60_000 + 40_000), "12:40");
  assert.equal(age(3_599_999), "59:59");
  assert.equal(age(3 * HOUR_MS + 5 * 60_000), "3 h 05");
  assert.equal(age(DAY_MS), "1 d 0 h");
  assert.equal(age(2 * DAY_MS + 3 * HOUR_MS), "2 d 3 h");
  assert.equal(age(-5000), "00:00");
  speak("zh-CN");
  assert.equal(age(3 * HOUR_MS + 5 * 60_000), "3 小时 05 分");
});

test("a typed day is in no time zone", () => {
  hospitalIn("Pacific/Pago_Pago");
  assert.equal(date("2028-06-30"), "Jun 30, 2028");
  hospitalIn("Pacific/Kiritimati");
  assert.equal(date("2028-06-30"), "Jun 30, 2028");
});

test("a moment in the console has day and time of the hospital", () => {
  assert.equal(moment(EVENING), "Nov 24, 2026 01:05");
  speak("zh-CN");
  assert.equal(moment(EVENING), "2026年11月24日 01:05");
});

test("how long something stands is said as roughly as it may be", () => {
  assert.equal(until(ahead(0), NOW), "over");
  assert.equal(until(ahead(5 * HOUR_MS + 30 * 60_000), NOW), "in 5 h 30 min");
  assert.equal(until(ahead(DAY_MS), NOW), "in 1 day");
  assert.equal(until(ahead(59 * DAY_MS), NOW), "in 59 days");
  assert.equal(until(ahead(60 * DAY_MS), NOW), "in 1 month");
  assert.equal(until(ahead(365 * DAY_MS), NOW), "in 1 year");
  assert.equal(until(ahead(800 * DAY_MS), NOW), "in 2 years 2 months");
});

test("a ground without words is named by the list's own title", () => {
  assert.equal(category("ban", "Barred"), "Barred from premises");
  assert.equal(category("spitting", "Spitting"), "Spitting");
  assert.equal(category("spitting"), "spitting");
});

test("a reason of the program is said in Chinese, one of a person stays", () => {
  assert.equal(reason("its time was over"), "its time was over");
  speak("zh-CN");
  assert.equal(reason("its time was over"), "已到期");
  assert.equal(reason("he apologised"), "he apologised");
  assert.equal(reason(null), null);
});

test("a cosine has three figures", () => {
  assert.equal(figure(0.5), "0.500");
});
