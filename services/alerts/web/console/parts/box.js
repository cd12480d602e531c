// A dialog in front of everything else.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
/** @import { Children } from "../../types/page" */

/** @param {{ title: string, name: string, done: () => void, children?: Children }} props */
export function Box({ title, name, done, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return html`<dialog ref=${box} class="box" onClose=${done} aria-labelledby=${`${name}-title`}>
    <h2 id=${`${name}-title`}>${title}</h2>
    ${children}
  </dialog>`;
}
