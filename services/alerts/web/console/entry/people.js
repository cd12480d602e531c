// Whether the photos of an entry show one person.
/** @import { EntryView } from "../../types/openapi" */

/**
 * Photos that resemble each other have one number; which of two people is the right one, no machine knows.
 * @param {EntryView} entry
 */
export const showsSeveral = (entry) => new Set(entry.photo_list.map((photo) => photo.person)).size > 1;
