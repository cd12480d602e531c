// An invitation or an answer: pasted, or chosen as the file that somebody sent.
import { bound } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import { Field } from "../parts/field.js";
import { TextField } from "../parts/text-field.js";
import { words } from "../words.js";
/** @import { CheckEvent } from "../../types/page" */
/** @import { Signal } from "@preact/signals" */

const MOST = 65_536;

/** @param {{ id: string, label: string, text: Signal<string> }} props */
export function SignedField({ id, label, text }) {
  const w = words.value.lists;
  /** @param {CheckEvent} event */
  const pick = async ({ currentTarget: field }) => {
    const file = field.files?.[0];
    if (file !== undefined && file.size <= 2 * MOST) text.value = (await file.text()).trim();
  };
  return html`<${Field} id=${`${id}-file`} label=${w.file(label)}>
      <input id=${`${id}-file`} type="file" onChange=${pick} />
    <//>
    <${TextField} id=${id} label=${w.pasted(label)} lines=${3} ...${bound(text)} required maxlength=${MOST} autocomplete="off" spellcheck=${false} />`;
}
