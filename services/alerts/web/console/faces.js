// A face of the list. It is fetched when somebody asks to see it, held in memory while it is on the screen, and let go.
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import * as state from "../state.js";
import { desk, entryPath, picture, useDeed } from "./desk.js";
import { Fault, html, Icon } from "./parts.js";
import { words } from "./words.js";

// An address in this page's memory for what `load` gives, let go when hidden, replaced, or left alone for too long.
function usePicture(load) {
  const url = useSignal(null);
  const gone = useRef(false);
  const deed = useDeed();
  const hide = () => {
    if (url.value !== null) URL.revokeObjectURL(url.value);
    url.value = null;
  };
  const show = () =>
    deed.run(async () => {
      const content = await load();
      hide();
      if (content !== null && !gone.current) url.value = URL.createObjectURL(content);
    });
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      hide();
    };
  }, []);
  const veiled = state.veiled.value;
  useEffect(() => {
    if (veiled) hide();
  }, [veiled]);
  return { url, show, hide, busy: deed.busy, fault: deed.fault };
}

// `asked` shows it without a click of its own, as the second of a pair; it is a number that grows with each asking.
function Shown({ load, alt, recorded, asked = 0 }) {
  const w = words.value;
  const face = usePicture(load);
  useEffect(() => {
    if (asked > 0) face.show();
  }, [asked]);
  const open = face.url.value !== null;
  return html`<div class="face">
    <button type="button" class=${open ? "open" : "veiled"} aria-label=${open ? w.hideFace(alt) : w.showFace(alt)}
      disabled=${face.busy.value} onClick=${open ? face.hide : face.show}>
      ${open
        ? html`<img src=${face.url.value} alt=${alt} draggable=${false} onError=${face.hide} />`
        : html`<span class="blur" aria-hidden="true"><${Icon} name="faces" /></span><span>${w.show}</span>`}
    </button>
    ${open && recorded && html`<span class="mark" aria-hidden="true">${state.me.value?.account}</span>`}
    <${Fault} fault=${face.fault} />
  </div>`;
}

// One enrolled photo; looking at it is recorded with the account.
export function Face({ entry, position, alt }) {
  return html`<${Shown} load=${() => picture(entry, position)} alt=${alt} recorded=${true} />`;
}

// The first photo of an entry of which only the id is known.
export function FirstFace({ entry, alt, asked }) {
  const load = async () => {
    const [first] = (await desk("GET", entryPath(entry))).photo_list;
    return first === undefined ? null : picture(entry, first.position);
  };
  return html`<${Shown} load=${load} alt=${alt} recorded=${true} asked=${asked} />`;
}

// A file of this machine that has been or will be sent.
export function Preview({ file, alt }) {
  return html`<${Shown} load=${async () => file} alt=${alt} />`;
}
