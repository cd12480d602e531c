// The words of the audit, in the chosen language.
import { computed } from "@preact/signals";
import { language } from "../../shared/language.js";
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

export const words = computed(() => (language.value === "zh-CN" ? zh : en));
