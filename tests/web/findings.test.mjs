// What is said of a photo: title, measure and remedy.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { measured, remedy, title, unit } from "web/console/findings.js";
import { speak } from "web/shared/language.js";

afterEach(() => speak("en"));

const MEASURES = { face_px: 200.4, eye_distance_px: 89.6, sharpness: 120, yaw_degrees: -31.2, roll_degrees: 1, exposure: 61.5 };

test("title and remedy follow the language", () => {
  assert.equal(title("small_face"), "Face too small");
  assert.equal(remedy("small_face"), "Ask for a larger photo.");
  speak("zh-CN");
  assert.equal(title("small_face"), "人脸太小");
  assert.equal(remedy("small_face"), "请提供更大的照片。");
});

test("a finding of a newer server is named by its code", () => {
  assert.equal(title("hat_too_large"), "hat_too_large");
  assert.equal(remedy("hat_too_large"), "");
});

test("a measure has the unit of its finding", () => {
  assert.equal(unit("small_face")(41.4), "41 px");
  assert.equal(unit("turned")(-31.2), "31°");
  assert.equal(unit("overexposed")(0.256), "26 %");
  assert.equal(unit("blurred")(12.345), "12.35");
});

test("a warning of an enrolled photo shows the measure that was kept", () => {
  assert.equal(measured("turned", MEASURES), "31°");
  assert.equal(measured("small_eye_distance", MEASURES), "90 px");
  assert.equal(measured("dark", MEASURES), "61.5");
  assert.equal(measured("greyscale", MEASURES), "");
});
