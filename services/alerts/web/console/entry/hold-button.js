// Sends the form when the word is typed; without it, only when the button is held long enough.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { onSubmit } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { words } from "../words.js";
/** @import { Timer } from "../../types/page" */

const HOLD_MS = 1500;

/** @param {{ disabled: boolean, sure: boolean, onHeld: () => void, text: string }} props */
export function HoldButton({ disabled, sure, onHeld, text }) {
  const w = words.value;
  const timer = useRef(/** @type {Timer} */ (undefined));
  const holding = useSignal(false);
  const end = () => {
    clearTimeout(timer.current);
    holding.value = false;
  };
  const begin = () => {
    if (sure || disabled) return;
    holding.value = true;
    timer.current = setTimeout(() => {
      end();
      onHeld();
    }, HOLD_MS);
  };
  useEffect(() => end, []);
  return html`<button class=${holding.value ? "danger hold holding" : "danger hold"} type=${sure ? "submit" : "button"}
    disabled=${disabled} onPointerDown=${begin} onPointerUp=${end} onPointerLeave=${end} onPointerCancel=${end}
    onContextMenu=${onSubmit(() => {})}
  ><span>${holding.value ? w.keepHolding : sure ? text : w.holdToErase}</span></button>`;
}
