// The first photo of an entry of which only the id is known.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { FaceButton } from "./face-button.js";

/** @param {{ entry: string, alt: string, requests: number }} props */
export function FirstFace({ entry, alt, requests }) {
  const load = async () => {
    const [first] = (await desk("GET /watchlist/entries/{entry}", { path: { entry } })).photo_list;
    if (first === undefined) return null;
    return desk("GET /watchlist/entries/{entry}/photos/{position}", { path: { entry, position: first.position } });
  };
  return html`<${FaceButton} load=${load} alt=${alt} recorded=${true} requests=${requests} />`;
}
