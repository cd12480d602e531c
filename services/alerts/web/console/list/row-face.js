// The face of a row, once somebody asked for the faces of the list; each look is recorded.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { inTurn } from "../faces/in-turn.js";
import { usePicture } from "../faces/use-picture.js";

/** @param {{ entry: string, position: number | null }} props */
export function RowFace({ entry, position }) {
  const wanted = useRef(true);
  const face = usePicture(async () => {
    if (position === null) return null;
    const path = { entry, position };
    return inTurn(() => desk("GET /watchlist/entries/{entry}/photos/{position}", { path }), () => wanted.current);
  });
  useEffect(() => {
    wanted.current = true;
    if (position !== null) face.show();
    return () => {
      wanted.current = false;
    };
  }, [entry, position]);
  return html`<span class="thumb" aria-hidden="true">${face.url.value ? html`<img src=${face.url.value} alt="" draggable=${false} />` : html`<${Icon} name="faces" />`}</span>`;
}
