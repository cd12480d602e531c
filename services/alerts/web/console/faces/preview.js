// A file of this machine that has been or will be sent.
import { html } from "../../shared/html.js";
import { FaceButton } from "./face-button.js";

/** @param {{ file: File, alt: string }} props */
export function Preview({ file, alt }) {
  return html`<${FaceButton} load=${async () => file} alt=${alt} />`;
}
