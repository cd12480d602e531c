// Handlers of fields: what was typed or chosen, without the event around it.
/** @import { CheckEvent, FieldEvent } from "../types/page" */
/** @import { Signal } from "@preact/signals" */

/**
 * @param {(text: string) => void} take
 * @returns {(event: FieldEvent) => void}
 */
export const onText = (take) => (event) => take(event.currentTarget.value);

/**
 * @param {(on: boolean) => void} take
 * @returns {(event: CheckEvent) => void}
 */
export const onCheck = (take) => (event) => take(event.currentTarget.checked);

/**
 * A field whose text is a signal's.
 * @param {Signal<string>} text
 */
export const bound = (text) => ({ value: text.value, onInput: onText((typed) => (text.value = typed)) });

/**
 * A form that is sent by this page.
 * @param {() => unknown} send
 * @returns {(event: Event) => void}
 */
export const onSubmit = (send) => (event) => {
  event.preventDefault();
  send();
};
