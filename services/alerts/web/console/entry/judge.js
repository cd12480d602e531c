// Judging photos for a draft, one after the other.
import { Refused } from "../../shared/request.js";
import { desk, tellable } from "../desk.js";
import { MOST_BYTES } from "../imports/pictures.js";
import { rest } from "../watch.js";
import { words } from "../words.js";
/** @import { EntryView } from "../../types/openapi" */
/** @import { JudgedPhoto } from "../../types/page" */

const MOST_PHOTOS = 10;
const TRIES = 20;

/** @param {EntryView} entry */
export function freePositions(entry) {
  const occupied = new Set(entry.photo_list.map((photo) => photo.position));
  return Array.from({ length: MOST_PHOTOS }, (_, n) => n).filter((n) => !occupied.has(n));
}

/**
 * Uses up a position of `free` when the photo is kept.
 * @param {string} id of the entry
 * @param {number[]} free
 * @param {File} file
 * @param {{ source: string, taken: string }} about
 * @returns {Promise<JudgedPhoto>}
 */
export async function judge(id, free, file, { source, taken }) {
  const w = words.value;
  if (free.length === 0) return { file, fault: new Refused(422, { sentence: w.tooManyPhotos(MOST_PHOTOS) }) };
  if (file.size > MOST_BYTES) return { file, fault: new Refused(413, { sentence: w.tooManyBytes }) };
  const request = { path: { entry: id, position: free[0] }, query: { name: file.name, source, taken }, body: file };
  for (let left = TRIES; ; left -= 1) {
    try {
      const answer = await desk("PUT /watchlist/entries/{entry}/photos/{position}", request);
      if (answer.position !== null) free.shift();
      return { file, answer };
    } catch (error) {
      const fault = tellable(error);
      if (!(fault instanceof Refused) || fault.status !== 503 || left <= 1) return { file, fault };
      await rest(fault.retryAfterSeconds * 1000);
    }
  }
}
