// What an entry says as it is typed, and what of it was changed: pure.
/** @import { EntryView, WordsRequest } from "../../types/openapi" */
/** @import { WordsForm } from "../../types/page" */

/**
 * @param {EntryView} entry
 * @returns {WordsForm}
 */
export const formOf = ({ label, note, category, basis, evidence, instruction, last_day, scope }) => ({
  label, note, category, basis, evidence, instruction, until: last_day, usual: false,
  scope: { kind: scope.kind ?? "network", group: scope.group ?? null, sites: scope.sites ?? [] },
});

/**
 * Only what is said otherwise, so that the rest stays whatever it is.
 * @param {EntryView} entry
 * @param {WordsForm} form
 * @returns {Omit<WordsRequest, "revision">}
 */
export function changes(entry, form) {
  const before = formOf(entry);
  /** @type {Omit<WordsRequest, "revision">} */
  const changed = {};
  for (const name of /** @type {const} */ (["label", "note", "category", "basis", "evidence", "instruction"])) {
    if (form[name] !== before[name]) changed[name] = form[name];
  }
  if (JSON.stringify(form.scope) !== JSON.stringify(before.scope)) changed.scope = form.scope;
  if (form.until !== before.until) changed.last_day = form.until;
  return changed;
}
