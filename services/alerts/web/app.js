import { h, render } from "preact";
import { effect } from "@preact/signals";
import { Page } from "./page.js";
import { language } from "./shared/language.js";
import { words } from "./shared/words.js";
import { start } from "./state/start.js";
import { me, news, problem, status } from "./state/state.js";

effect(() => {
  document.documentElement.lang = language.value;
});

// The tab says what matters also when it is not in front.
effect(() => {
  const deaf = me.value ? ["away", "silent"].includes(status.value) : problem.value === "ended";
  const count = news.value.length > 0 ? `(${news.value.length}) ` : "";
  document.title = `${deaf ? "⚠ " : ""}${count}Wardwatch · ${words.value.tagline}`;
});

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no place for the application");
render(h(Page, {}), root);
start();
