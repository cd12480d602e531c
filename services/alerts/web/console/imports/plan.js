// What a picked folder or several files amount to: which file is people.csv, and under which name each photo is sent.
// The rules are those of the command line (cli/watchlist/arrangement.py).
/** @import { FindingCode } from "../../types/openapi" */
/** @import { Found, SourceFile, Way } from "./source-file.js" */

/** @typedef {Found & { name: string }} Named */
/** @typedef {{ file: SourceFile, path: Way, name: string, shown: string, fault: FindingCode | null }} PlannedPhoto */
/** @typedef {{ kind: "severalTables" | "workbook" | "isItTheTable", files: string[] }} Question */
/**
 * `question` is what must be answered before anything is sent, `around` the folder around everything, if there is one;
 * `passed` are workbooks. Of `photos` those with a `fault` cannot be sent. `persons` are named by files and folders.
 * @typedef {{
 *   people: SourceFile | null, peopleAt: string | null, photos: PlannedPhoto[], around: string | null, passed: string[],
 *   persons: string[],
 *   question: Question | null,
 * }} Planned
 */

const PEOPLE = "people.csv";

const LONGEST_NAME = 255;
const PHOTO = /\.(jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif|jp2)$/i;
const NAMED = /^(?!_)(.+?)__\d{1,3}\.[^.]+$/;
// Of whom a file is, as services/watchlist/imports/filenames.py reads its name.
const PERSON = /^(?!_)(.+?)(?:__\d{1,6})?\.(?:jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif|jp2)$/i;
// What systems leave in folders, and nobody means to send.
const LITTER = /^(\..*|~\$.*|thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;
const LITTER_FOLDER = /^(\.(?!\.$).*|__macosx|@eadir|\$recycle\.bin|system volume information)$/i;
const WORKBOOK = /\.(xlsx?|xlsm|xlsb|ods|et|numbers)$/i;
const TABLE = /\.(csv|tsv)$/i;
const ARCHIVE = /\.(zip|rar|7z|tar|gz|tgz)$/i;
// Controls, and halves of characters: no address can hold them.
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** @param {Way} path */
const shown = (path) => path.join("/");
/** @param {Way} path */
const lastOf = (path) => path[path.length - 1];
/** @param {Way} path */
const isLitter = (path) => LITTER.test(lastOf(path)) || path.slice(0, -1).some((folder) => LITTER_FOLDER.test(folder));

/**
 * @param {Found[]} picked
 * @returns {Planned}
 */
export function plan(picked) {
  const found = picked
    .filter(({ path }) => !isLitter(path))
    .sort((one, other) => (shown(one.path) < shown(other.path) ? -1 : 1));
  const tables = found.filter(({ path }) => lastOf(path).toLowerCase() === PEOPLE);
  const books = found.filter(({ path }) => WORKBOOK.test(lastOf(path)));
  const others = found.filter((one) => !tables.includes(one) && !books.includes(one));
  const base = baseOf(others.map(({ path }) => path), tables[0]?.path ?? null);
  const photos = sent(others, base.length).map((photo) => ({ ...photo, shown: shown(photo.path), fault: faultOf(photo) }));
  return {
    people: tables.length === 1 ? tables[0].file : null,
    peopleAt: tables.length === 1 && tables[0].path.length > 1 ? shown(tables[0].path) : null,
    photos,
    around: base.length > 0 ? shown(base) : null,
    persons: [...new Set(photos.filter(({ fault }) => fault === null).flatMap(({ name }) => name.match(PERSON)?.[1] ?? []))],
    passed: tables.length > 0 ? books.map(({ path }) => shown(path)) : [],
    question: questionOf(tables, books, others),
  };
}

/**
 * @param {Found[]} tables
 * @param {Found[]} books
 * @param {Found[]} others
 * @returns {Question | null}
 */
function questionOf(tables, books, others) {
  if (tables.length > 1) return { kind: "severalTables", files: tables.slice(0, 3).map(({ path }) => shown(path)) };
  if (tables.length === 1) return null;
  if (books.length > 0) return { kind: "workbook", files: [shown(books[0].path)] };
  const table = others.find(({ path }) => TABLE.test(lastOf(path)));
  return table ? { kind: "isItTheTable", files: [shown(table.path)] } : null;
}

/**
 * @param {Named} named
 * @returns {FindingCode | null}
 */
function faultOf({ name, path, fault }) {
  if (fault !== undefined) return fault;
  if (NO_TEXT.test(name) || name.length > LONGEST_NAME) return "bad_name";
  return ARCHIVE.test(lastOf(path)) ? "inner_archive" : null;
}

/**
 * The folder in which the whole import lies: where people.csv is, or where the files part.
 * @param {Way[]} paths
 * @param {Way | null} table
 */
function baseOf(paths, table) {
  if (paths.length === 0) return [];
  let base = paths[0].slice(0, -1);
  for (const path of paths) base = together(base, path.slice(0, -1));
  if (table !== null) return together(base, table.slice(0, -1));
  // All in one folder that lies in another: it may be a person's, unless the names of the files say otherwise.
  const alone = paths.every((path) => path.length === base.length + 1);
  return base.length > 1 && alone && !paths.some((path) => NAMED.test(lastOf(path))) ? base.slice(0, -1) : base;
}

/**
 * @param {Way} one
 * @param {Way} other
 */
function together(one, other) {
  const end = one.findIndex((step, n) => step !== other[n]);
  return end === -1 ? one : one.slice(0, end);
}

/**
 * From there on the first folder is the person, unless its photos name several people.
 * @param {Found[]} files
 * @param {number} depth
 */
function sent(files, depth) {
  /** @type {Set<string>} */
  const used = new Set();
  const photos = files.filter(({ path }) => path.length === depth + 1).map((one) => ({ ...one, name: lastOf(one.path) }));
  for (const { name } of photos) used.add(stemOf(name));
  /** @type {Map<string, Found[]>} */
  const folders = new Map();
  for (const one of files.filter(({ path }) => path.length > depth + 1)) {
    const person = one.path[depth];
    folders.set(person, [...(folders.get(person) ?? []), one]);
  }
  for (const [person, own] of folders) photos.push(...ofFolder(person, own, used));
  return photos;
}

/** @param {string} name */
const stemOf = (name) => name.slice(0, Math.max(name.lastIndexOf("."), 0));

/**
 * @param {string} person
 * @param {Found[]} files
 * @param {Set<string>} used stems of names
 * @returns {Named[]}
 */
function ofFolder(person, files, used) {
  const pictures = files.filter(({ path }) => PHOTO.test(lastOf(path)));
  const named = pictures.map(({ path }) => lastOf(path).match(NAMED)?.[1]);
  const isGroup = named.every((name) => name !== undefined) && new Set(named).size > 1;
  /** @type {Map<string, number>} */
  const numbers = new Map();
  return files.map((one) => {
    const own = lastOf(one.path);
    const ending = own.match(PHOTO);
    if (ending === null) return { ...one, name: one.path.join("-") }; // says nothing about anybody, as the file does
    const owner = (isGroup && own.match(NAMED)?.[1]) || person;
    let number = (numbers.get(owner) ?? 0) + 1;
    let stem = stemOf(own);
    if (!isGroup || used.has(stem)) {
      while (used.has(`${owner}__${number}`)) number += 1;
      stem = `${owner}__${number}`;
    }
    numbers.set(owner, number);
    used.add(stem);
    return { ...one, name: `${stem}${ending[0].toLowerCase()}` };
  });
}
