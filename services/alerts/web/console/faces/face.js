// One enrolled photo; looking at it is recorded with the account.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { FaceButton } from "./face-button.js";

/** @param {{ entry: string, position: number, alt: string, requests?: number, seen?: () => void }} props */
export function EnrolledFace({ entry, position, alt, requests, seen }) {
  const load = () => desk("GET /watchlist/entries/{entry}/photos/{position}", { path: { entry, position } });
  return html`<${FaceButton} load=${load} alt=${alt} recorded=${true} requests=${requests} seen=${seen} />`;
}
