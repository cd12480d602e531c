import { render } from "preact";
import { effect } from "@preact/signals";
import { html, Page } from "./views.js";
import { me, news, problem, start, status } from "./state.js";
import { language, words } from "./words.js";

effect(() => {
  document.documentElement.lang = language.value;
});

// The tab says what matters also when it is not in front.
effect(() => {
  const deaf = me.value ? ["away", "silent"].includes(status.value) : problem.value === "ended";
  const count = news.value.length > 0 ? `(${news.value.length}) ` : "";
  document.title = `${deaf ? "⚠ " : ""}${count}Wardwatch · ${words.value.tagline}`;
});

render(html`<${Page} />`, document.getElementById("app"));
start();
