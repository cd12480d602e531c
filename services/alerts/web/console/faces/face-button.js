// A face of the list. It is fetched when somebody asks to see it, held in memory while it is on the screen, and let go.
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import * as state from "../../state/state.js";
import { Fault } from "../parts/fault.js";
import { words } from "../words.js";
import { usePicture } from "./use-picture.js";

/**
 * `requests` shows it without a click of its own, as the second of a pair; it is a number that grows with each request.
 * `seen` hears of each time that it is shown.
 * @param {{
 *   load: () => Promise<Blob | null>, alt: string, recorded?: boolean, requests?: number, seen?: () => void,
 * }} props
 */
export function FaceButton({ load, alt, recorded, requests = 0, seen }) {
  const w = words.value;
  const face = usePicture(load);
  useEffect(() => {
    if (requests > 0) face.show();
  }, [requests]);
  const open = face.url.value !== null;
  useEffect(() => {
    if (open) seen?.();
  }, [open]);
  return html`<div class="face">
    <button type="button" class=${open ? "open" : "veiled"} aria-label=${open ? w.hideFace(alt) : w.showFace(alt)}
      disabled=${face.busy.value} onClick=${open ? face.hide : face.show}>
      ${open
        ? html`<img src=${face.url.value} alt=${alt} draggable=${false} onError=${face.hide} />`
        : html`<span class="blur" aria-hidden="true"><${Icon} name="faces" /></span><span>${w.show}</span>`}
    </button>
    ${open && recorded && html`<span class="mark" aria-hidden="true">${state.account.value}</span>`}
    <${Fault} fault=${face.fault} />
  </div>`;
}
