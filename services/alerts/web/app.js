import { render } from "preact";
import { effect } from "@preact/signals";
import { html, Page } from "./views.js";
import { fresh, receiving, me, start } from "./state.js";
import { language, words } from "./words.js";

effect(() => {
  document.documentElement.lang = language.value;
});

// The tab says what matters also when it is not in front.
effect(() => {
  const mark = me.value && !receiving.value ? "⚠ " : fresh.value ? "● " : "";
  document.title = `${mark}Wardwatch · ${words.value.tagline}`;
});

render(html`<${Page} />`, document.getElementById("app"));
start();
