// Markup for the pages: text only ever goes in as text, so no markup can come with it.
import htm from "htm";
import { h } from "preact";
import { visible } from "./text.js";
/** @import { ComponentType, VNode } from "preact" */

// Attributes that are read out or shown; what a field holds stays as it was typed.
const SHOWN = ["title", "alt", "aria-label", "placeholder", "label"];

/**
 * @param {unknown} child
 * @returns {unknown}
 */
const visibleChild = (child) => (typeof child === "string" ? visible(child) : Array.isArray(child) ? child.map(visibleChild) : child);

/**
 * @param {string | ComponentType<object>} type
 * @param {Record<string, unknown> | null} props
 * @param {unknown[]} children
 */
function element(type, props, ...children) {
  const attributes = typeof type === "string" && props !== null ? { ...props, ...readable(props) } : props;
  // Whatever a template holds may be a child; what cannot be drawn, Preact refuses.
  const drawn = /** @type {VNode[]} */ (children.map(visibleChild));
  return typeof type === "string" ? h(type, attributes, ...drawn) : h(type, attributes, ...drawn);
}

/** @param {Record<string, unknown>} props */
function readable(props) {
  const texts = SHOWN.map((name) => /** @type {const} */ ([name, props[name]]));
  return Object.fromEntries(texts.flatMap(([name, text]) => (typeof text === "string" ? [[name, visible(text)]] : [])));
}

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => VNode | VNode[]} */
export const html = htm.bind(element);
