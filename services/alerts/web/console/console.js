// The screens of those who keep the list: loaded when somebody opens one, never for a guard.
import { useEffect, useRef } from "preact/hooks";
import { address, place } from "../place.js";
import * as state from "../state.js";
import { Banners, html, TopBar } from "../views.js";
import { AddPerson } from "./add.js";
import { Entry } from "./entry.js";
import { Imports } from "./imports.js";
import { List } from "./list.js";
import { Policy } from "./policy.js";
import { Import, NewImport } from "./wizard.js";
import { words } from "./words.js";

// Before anything is shown: nothing may jump when the style arrives.
await new Promise((loaded, failed) => {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "/console/console.css";
  style.onload = loaded;
  style.onerror = failed;
  document.head.append(style);
});

const SECTIONS = ["watchlist", "imports", "policy"];

export function Console() {
  const main = useRef(null);
  const first = useRef(true);
  const at = place.value.join("/");
  // A new place is read from its top, by eye and by ear.
  useEffect(() => {
    if (!first.current) main.current.focus();
    first.current = false;
    main.current.scrollTo(0, 0);
  }, [at]);
  return html`<div class="desk console">
    <${TopBar} />
    <${Banners} />
    <${Sections} />
    <main class="sheet" ref=${main} tabindex="-1"><${Screen} key=${place.value.slice(0, 2).join("/")} /></main>
  </div>`;
}

function Sections() {
  const w = words.value;
  const here = place.value[0];
  return html`<nav class="sections" aria-label=${w.sections}>
    <a href="#">${w.alerts}</a>
    ${SECTIONS.map(
      (name) => html`<a href=${address(name)} aria-current=${here === name ? "page" : undefined}>${w[name]}</a>`,
    )}
  </nav>`;
}

function Screen() {
  const [section, which, step] = place.value;
  const keeps = state.keeps.value;
  switch (section) {
    case "imports":
      if (which === "new" && keeps) return html`<${NewImport} />`;
      return which ? html`<${Import} id=${which} step=${step} />` : html`<${Imports} />`;
    case "policy":
      return html`<${Policy} />`;
    default:
      if (which === "new" && keeps) return html`<${AddPerson} />`;
      if (which === "of") return html`<${List} batch=${step} key=${step} />`;
      return which ? html`<${Entry} id=${which} key=${which} />` : html`<${List} />`;
  }
}
