// The way between the screens of the console.
import { useEffect, useRef } from "preact/hooks";
import { Badge } from "../frame/badge.js";
import { html } from "../shared/html.js";
import { address, place } from "../shared/place.js";
import * as state from "../state/state.js";
import { words } from "./words.js";

const SECTIONS = /** @type {const} */ (["watchlist", "imports", "policy"]);

export function Sections() {
  const w = words.value;
  const here = place.value?.[0];
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  // There are more than a phone is wide.
  useEffect(() => bar.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }), [here]);
  return html`<nav class="sections" aria-label=${w.sections} ref=${bar}>
    ${state.observes.value && html`<a href="#">${w.alerts}</a>`}
    ${state.leads.value &&
    html`<a href=${address("start")} aria-current=${here === "start" ? "page" : undefined}>${w.firstHour}</a>`}
    ${SECTIONS.map(
      (name) => html`<a href=${address(name)} aria-current=${here === name ? "page" : undefined}>${w[name]}${name === "watchlist" && html`<${Badge} />`}</a>`,
    )}
    ${state.may("search_incidents") &&
    html`<a href=${address("incidents")} aria-current=${here === "incidents" ? "page" : undefined}>${w.incidents.section}</a>`}
    ${state.may("list_access") &&
    html`<a href=${address("access")} aria-current=${here === "access" ? "page" : undefined}>${w.access.section}</a>`}
    ${state.may("list_lists") &&
    html`<a href=${address("lists")} aria-current=${here === "lists" ? "page" : undefined}>${w.lists.section}</a>`}
    ${state.may("list_places") &&
    html`<a href=${address("cameras")} aria-current=${here === "cameras" ? "page" : undefined}>${w.cameras.section}</a>`}
    ${state.may("show_accuracy") &&
    html`<a href=${address("accuracy")} aria-current=${here === "accuracy" ? "page" : undefined}>${w.accuracy.section}</a>`}
    ${state.may("show_arrangements") &&
    html`<a href=${address("delivery")} aria-current=${here === "delivery" ? "page" : undefined}>${w.delivery.section}</a>`}
    ${state.may("show_running") &&
    html`<a href=${address("running")} aria-current=${here === "running" ? "page" : undefined}>${w.running}</a>`}
    ${state.may("read_audit") &&
    html`<a href=${address("audit")} aria-current=${here === "audit" ? "page" : undefined}>${w.audit}</a>`}
  </nav>`;
}
