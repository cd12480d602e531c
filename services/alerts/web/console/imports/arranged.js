// What was picked, with a zip opened: what would be sent, or what must be asked first.
import { plan } from "./plan.js";
import { zipOf } from "./source-file.js";
import { NotAZip, openZip } from "./zip.js";
/** @import { Planned } from "./plan.js" */
/** @import { Found } from "./source-file.js" */
/** @import { Zip } from "./zip.js" */

/**
 * `encodings`: the names in the zip may be read in several ways, and somebody must say which one is right.
 * @typedef {{ planned: Planned, encodings: Zip["encodings"] } | { broken: string }} Arranged
 */

/**
 * @param {Found[]} found
 * @param {string} encoding of names in a zip that does not tell it; empty: nobody has chosen
 * @returns {Promise<Arranged>} `broken` is the name of a zip that cannot be opened
 */
export async function arranged(found, encoding = "") {
  const zip = zipOf(found);
  if (zip?.file.blob === undefined) return { planned: plan(found), encodings: [] };
  try {
    const opened = await openZip(zip.file.blob, encoding);
    return { planned: plan([...opened.found, ...found.filter((each) => each !== zip)]), encodings: opened.encodings };
  } catch (error) {
    if (error instanceof NotAZip || error instanceof DOMException) return { broken: zip.file.name };
    throw error;
  }
}
