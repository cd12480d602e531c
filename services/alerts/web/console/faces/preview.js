// A file of this machine that has been or will be sent.
import { html } from "../../shared/html.js";
import { FaceButton } from "./face-button.js";

/** @param {{ read: () => Promise<Blob>, alt: string }} props */
export function Preview({ read, alt }) {
  return html`<${FaceButton} load=${read} alt=${alt} />`;
}
