// Files as they were picked, before anything is read of them: in a folder, by themselves, dropped, or in a zip.
/** @import { FindingCode } from "../../types/openapi" */

/**
 * A file that can be read as often as wanted; `read` rejects with Unusable where its content is no good. `blob` is the
 * file itself where it lies on this machine, and not in a zip.
 * @typedef {{ name: string, size: number, read: () => Promise<ArrayBuffer>, blob?: Blob }} SourceFile
 */
/** @typedef {string[]} Way folders and name below what was picked */
/** @typedef {{ file: SourceFile, path: Way, fault?: FindingCode }} Found */

// What is wrong with a file of this machine, by the code of a finding.
export class Unusable extends Error {
  /** @param {FindingCode} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * @param {File} file
 * @returns {SourceFile}
 */
export const sourceOf = (file) => ({ name: file.name, size: file.size, read: () => file.arrayBuffer(), blob: file });

/**
 * Files of a field: of a picked folder the folder itself is nobody's; a file that was picked by itself lies nowhere.
 * @param {Iterable<File>} files
 * @returns {Found[]}
 */
export const ofField = (files) =>
  [...files].map((file) => ({
    file: sourceOf(file),
    path: file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(1) : [file.name],
  }));

/**
 * Whether it is one zip, alone or with a table beside it: then it is opened. A zip among photos is a fault.
 * @param {Found[]} found
 */
export function zipOf(found) {
  const zips = found.filter(({ path }) => path.length === 1 && /\.zip$/i.test(path[0]));
  const others = found.filter((each) => !zips.includes(each));
  return zips.length === 1 && others.every(({ path }) => path.length === 1 && /\.csv$/i.test(path[0])) ? zips[0] : null;
}
