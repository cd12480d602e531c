// Pictograms, drawn with one line each.
import { html } from "./html.js";

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  bell: "M12 3a6 6 0 0 0-6 6v4l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 19a2 2 0 0 0 4 0",
  run: "M5 12h13M13 6l6 6-6 6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6 6l12 12M18 6L6 18",
  ask: "M9 9a3 3 0 1 1 4.200 2.800C12.400 12.300 12 13 12 14M12 17.500v.5",
  stop: "M7 7h10v10H7z",
  play: "M8 6l10 6-10 6z",
  pin: "M12 21s-6-5.700-6-11a6 6 0 0 1 12 0c0 5.300-6 11-6 11zM12 8.500v3",
  back: "M15 5l-7 7 7 7",
  shield: "M12 3l7 3v6c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  alarm: "M12 4l9 16H3zM12 10v4M12 17v.5",
  mute: "M12 3a6 6 0 0 0-6 6v4l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 19a2 2 0 0 0 4 0M4 3l16 18",
  dark: "M8 3h8v18H8zM4 4l16 16",
  add: "M12 5v14M5 12h14",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.5M4 12h.5M4 18h.5",
  faces: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 2-5 5-5s5 2 5 5M14.500 14.200c3.500-.6 6.500 1.300 6.500 4.800",
};

/** @param {{ name: IconName }} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
