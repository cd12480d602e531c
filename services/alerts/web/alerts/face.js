// One of the two faces.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../shared/html.js";
import { words } from "../shared/words.js";
import * as state from "../state/state.js";
/** @import { IncidentView } from "../types/openapi" */

// A picture that can be had and still not be drawn is not asked for without a pause.
const UNDRAWN_AGAIN_MS = 5000;

/** @param {{ incident: IncidentView, which: "watchlist" | "camera", caption: string }} props */
export function Face({ incident, which, caption }) {
  const w = words.value;
  const wasThere = useRef(false);
  const fault = useSignal(/** @type {Awaited<ReturnType<typeof state.pictureFault>> | null} */ (null));
  const ended = incident.outcome === "ended";
  // A decided incident without a category is about somebody who was erased since.
  const erased = incident.outcome !== null && incident.category === null;
  const deleted =
    fault.value?.deleted || erased || (which === "camera" && (incident.outcome === "rejected" || incident.outcome === "unresolved"));
  const url = `/api/v1/incidents/${incident.id}/pictures/${which}`;
  useEffect(() => {
    if (fault.value === null || fault.value.deleted) return undefined;
    const againMs = fault.value.againMs || (wasThere.current ? UNDRAWN_AGAIN_MS : 0);
    wasThere.current = fault.value.againMs === 0;
    const again = setTimeout(() => (fault.value = null), againMs);
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
