// What a change makes of an entry: pure.
/** @import { EntryView, PhotoView } from "../../types/openapi" */

/** @typedef {"label" | "category" | "basis" | "evidence" | "instruction" | "note" | "last_day"} Word */
/** @typedef {{ words: Word[], scope: boolean, added: PhotoView[], removed: PhotoView[] }} Differences */

/** @type {Word[]} */
const WORDS = ["label", "category", "instruction", "basis", "evidence", "note", "last_day"];

// A copy of a photo is known by what was said and measured of it.
/** @param {PhotoView} photo */
const same = ({ name, source, taken_on, measures }) => JSON.stringify([name, source, taken_on, measures]);

/**
 * @param {EntryView} before
 * @param {EntryView} after
 * @returns {Differences}
 */
export function differences(before, after) {
  const had = new Set(before.photo_list.map(same));
  const has = new Set(after.photo_list.map(same));
  return {
    words: WORDS.filter((name) => before[name] !== after[name]),
    scope: JSON.stringify([before.scope, before.sites]) !== JSON.stringify([after.scope, after.sites]),
    added: after.photo_list.filter((photo) => !had.has(same(photo))),
    removed: before.photo_list.filter((photo) => !has.has(same(photo))),
  };
}
