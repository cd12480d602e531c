// The screens of those who keep the list: loaded when somebody opens one, never for a guard.
import { useEffect, useRef } from "preact/hooks";
import { Banners } from "../frame/banners.js";
import { TopBar } from "../frame/top-bar.js";
import { html } from "../shared/html.js";
import { place } from "../shared/place.js";
import { Screen } from "./screen.js";
import { Sections } from "./sections.js";

// Before anything is shown: nothing may jump when the style arrives.
await new Promise((loaded, failed) => {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "/console/console.css";
  style.onload = loaded;
  style.onerror = () => failed(new TypeError("the console's style did not arrive"));
  document.head.append(style);
});

export function Console() {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  const steps = place.value ?? [];
  const at = steps.join("/");
  // A new place is read from its top, by eye and by ear.
  useEffect(() => {
    if (!first.current) main.current?.focus();
    first.current = false;
    main.current?.scrollTo(0, 0);
  }, [at]);
  return html`<div class="desk console">
    <${TopBar} />
    <${Banners} />
    <${Sections} />
    <main class="sheet" ref=${main} tabindex="-1"><${Screen} key=${steps.slice(0, 2).join("/")} /></main>
  </div>`;
}
