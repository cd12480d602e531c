// One of the two faces.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IncidentView } from "../types/openapi" */

// How long a picture that could not be had is left alone before it is asked for again.
const PICTURE_AGAIN_MS = 5000;

/** @param {{ incident: IncidentView, which: "watchlist" | "camera", caption: string }} props */
export function Face({ incident, which, caption }) {
  const w = words.value;
  const fault = useSignal(/** @type {Awaited<ReturnType<typeof state.pictureFault>> | null} */ (null));
  const ended = incident.outcome === "ended";
  // A decided incident without a category is about somebody who was erased since.
  const erased = incident.outcome !== null && incident.category === null;
  const deleted =
    fault.value?.deleted || erased || (which === "camera" && (incident.outcome === "rejected" || incident.outcome === "unresolved"));
  const url = `/api/v1/incidents/${incident.id}/pictures/${which}`;
  useEffect(() => {
    if (fault.value === null || fault.value.deleted) return undefined;
    const again = setTimeout(() => (fault.value = null), PICTURE_AGAIN_MS);
    return () => clearTimeout(again);
  }, [fault.value]);
  return html`<figure>
    ${ended || deleted
      ? html`<span class="nothing">${ended ? w.notShown : w.noPicture}</span>`
      : fault.value
        ? html`<span class="nothing">${fault.value.told || w.pictureAway}</span>`
        : html`<img
            src=${url}
            alt=${caption}
            draggable=${false}
            onError=${async () => (fault.value = await state.pictureFault(url))}
          />`}
    <figcaption>${caption}</figcaption>
    <span class="mark" aria-hidden="true">${state.account.value}</span>
  </figure>`;
}
