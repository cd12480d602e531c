// Photos of an entry: which is which, and whether they show one person.
/** @import { EntryView, PhotoView } from "../../types/openapi" */

/**
 * Another photo in the same place is another one.
 * @param {PhotoView} photo
 */
export const photoKey = ({ position, added_at, name }) => `${position} ${added_at} ${name}`;

/**
 * Photos that resemble each other have one number; which of two people is the right one, no machine knows.
 * @param {EntryView} entry
 */
export const showsSeveral = (entry) => new Set(entry.photo_list.map((photo) => photo.person)).size > 1;
