// What keeps alerts from working, as a person reads it.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { speak } from "web/shared/language.js";
import { saying } from "web/shared/reasons.js";

afterEach(() => speak("en"));

const silent = (seconds) => ({ code: "camera_silent", site: "h1", parameters: { camera: "gate-2", seconds } });
const stage = { code: "stage_silent", site: null, parameters: { stage: "detector", seconds: 7 } };

test("who is silent is named with for how long, in both languages", () => {
  assert.equal(saying(silent(40)), "gate-2 at h1 silent for 40 s.");
  assert.equal(saying(silent(600)), "gate-2 at h1 silent for 10 min.");
  assert.equal(saying(silent(200_000)), "gate-2 at h1 silent for 2 d.");
  speak("zh-CN");
  assert.equal(saying(silent(40)), "h1 的摄像机 gate-2 已 40 秒 没有画面。");
});

test("a stage has its own name in each language", () => {
  assert.equal(saying(stage), "No detector works: silent for 7 s.");
  speak("zh-CN");
  assert.equal(saying(stage), "没有人脸检测器在工作：已 7 秒 无响应。");
});

test("a camera is called as it is called", () => {
  speak("zh-CN");
  assert.match(saying({ ...silent(9), parameters: { camera: "database", seconds: 9 } }), /database/);
});

test("many cameras are one sentence with the first names", () => {
  const many = { code: "cameras_silent", site: "h1", parameters: { count: 100, cameras: "a, b, c", seconds: 40 } };
  assert.equal(saying(many), "100 cameras at h1 silent for 40 s or longer: a, b, c and others.");
  speak("zh-CN");
  assert.equal(saying(many), "h1 有 100 台摄像机至少已 40 秒 没有画面：a、b、c 等。");
});

test("a reason of a newer server is not hidden, and says nothing in another language", () => {
  assert.equal(saying({ code: "toString", site: null, parameters: {} }), "Something keeps alerts from working.");
  speak("zh-CN");
  assert.equal(saying({ code: "moon_is_full", site: null, parameters: {} }), "有情况影响告警。");
});
