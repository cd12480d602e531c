// Text from people is shown as text: markup cannot be added, and no sign hides, turns the writing round or breaks a line.
import { h } from "preact";
import htm from "htm";

// Control characters, invisible marks, halves of characters and separators of lines; letters and marks that are blank.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]/gu;
const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
// Attributes that are read out or shown; what a field holds stays as it was typed.
const SHOWN = ["title", "alt", "aria-label", "placeholder", "label"];

function written(sign) {
  const code = sign.codePointAt(0);
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

// On one line, as the command line shows it.
export const oneLine = (text) => text.replace(UNSEEN, (sign) => SHORT[sign] ?? written(sign));
// A browser makes blanks of line breaks by itself.
export const visible = (text) => text.replace(UNSEEN, (sign) => (sign === "\n" || sign === "\t" ? sign : written(sign)));

const shown = (child) => (typeof child === "string" ? visible(child) : Array.isArray(child) ? child.map(shown) : child);

function element(type, props, ...children) {
  const named = typeof type === "string" && props !== null ? SHOWN.filter((name) => typeof props[name] === "string") : [];
  const seen = Object.fromEntries(named.map((name) => [name, visible(props[name])]));
  return h(type, named.length > 0 ? { ...props, ...seen } : props, ...children.map(shown));
}

export const html = htm.bind(element);
