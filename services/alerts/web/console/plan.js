// What a picked folder or several files amount to: which file is people.csv, and under which name each photo is sent.
// The rules are those of the command line (cli/watchlist/arrangement.py).
export const MOST_BYTES = 15 * 1024 * 1024;
export const PEOPLE = "people.csv";

const LONGEST_NAME = 255;
const PHOTO = /\.(jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif|jp2)$/i;
const NAMED = /^(?!_)(.+?)__\d{1,3}\.[^.]+$/;
// What systems leave in folders, and nobody means to send.
const LITTER = /^(\..*|~\$.*|thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;
const LITTER_FOLDER = /^(\..*|__macosx|@eadir|\$recycle\.bin|system volume information)$/i;
const WORKBOOK = /\.(xlsx?|xlsm|xlsb|ods|et|numbers)$/i;
const TABLE = /\.(csv|tsv)$/i;
const ARCHIVE = /\.(zip|rar|7z|tar|gz|tgz)$/i;
// Controls, and halves of characters: no address can hold them.
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

// The way to a file below the picked folder; a file that was picked by itself has none.
const steps = (file) => (file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(1) : [file.name]);
const shown = (path) => path.join("/");
const isLitter = (path) => LITTER.test(path.at(-1)) || path.slice(0, -1).some((folder) => LITTER_FOLDER.test(folder));

// `question` is what must be answered before anything is sent, `around` the folder around everything, if there is one;
// `passed` are workbooks. Of `photos` those with a `fault` cannot be sent.
export function plan(picked) {
  const found = [...picked]
    .map((file) => ({ file, path: steps(file) }))
    .filter(({ path }) => !isLitter(path))
    .sort((one, other) => (shown(one.path) < shown(other.path) ? -1 : 1));
  const tables = found.filter(({ path }) => path.at(-1).toLowerCase() === PEOPLE);
  const books = found.filter(({ path }) => WORKBOOK.test(path.at(-1)));
  const others = found.filter((one) => !tables.includes(one) && !books.includes(one));
  const base = baseOf(others.map(({ path }) => path), tables[0]?.path ?? null);
  const photos = sent(others, base.length).map((photo) => ({ ...photo, shown: shown(photo.path), fault: faultOf(photo) }));
  return {
    people: tables.length === 1 ? tables[0].file : null,
    peopleAt: tables.length === 1 && tables[0].path.length > 1 ? shown(tables[0].path) : null,
    photos,
    around: base.length > 0 ? shown(base) : null,
    passed: tables.length > 0 ? books.map(({ path }) => shown(path)) : [],
    question: questionOf(tables, books, others),
  };
}

function questionOf(tables, books, others) {
  if (tables.length > 1) return { kind: "severalTables", files: tables.slice(0, 3).map(({ path }) => shown(path)) };
  if (tables.length === 1) return null;
  if (books.length > 0) return { kind: "workbook", files: [shown(books[0].path)] };
  const table = others.find(({ path }) => TABLE.test(path.at(-1)));
  return table ? { kind: "isItTheTable", files: [shown(table.path)] } : null;
}

function faultOf({ name, path }) {
  if (NO_TEXT.test(name) || name.length > LONGEST_NAME) return "bad_name";
  return ARCHIVE.test(path.at(-1)) ? "inner_archive" : null;
}

// The folder in which the whole import lies: where people.csv is, or where the files part.
function baseOf(paths, table) {
  if (paths.length === 0) return [];
  let base = paths[0].slice(0, -1);
  for (const path of paths) base = together(base, path.slice(0, -1));
  if (table !== null) return together(base, table.slice(0, -1));
  // All in one folder that lies in another: it may be a person's, unless the names of the files say otherwise.
  const alone = paths.every((path) => path.length === base.length + 1);
  return base.length > 1 && alone && !paths.some((path) => NAMED.test(path.at(-1))) ? base.slice(0, -1) : base;
}

function together(one, other) {
  const end = one.findIndex((step, n) => step !== other[n]);
  return end === -1 ? one : one.slice(0, end);
}

// From there on the first folder is the person, unless its photos name several people.
function sent(files, depth) {
  const used = new Set();
  const photos = files.filter(({ path }) => path.length === depth + 1).map((one) => ({ ...one, name: one.path.at(-1) }));
  for (const { name } of photos) used.add(stemOf(name));
  const folders = new Map();
  for (const one of files.filter(({ path }) => path.length > depth + 1)) {
    const person = one.path[depth];
    folders.set(person, [...(folders.get(person) ?? []), one]);
  }
  for (const [person, own] of folders) photos.push(...ofFolder(person, own, used));
  return photos;
}

const stemOf = (name) => name.slice(0, Math.max(name.lastIndexOf("."), 0));

function ofFolder(person, files, used) {
  const pictures = files.filter(({ path }) => PHOTO.test(path.at(-1)));
  const named = pictures.map(({ path }) => path.at(-1).match(NAMED)?.[1]);
  const isGroup = named.every((name) => name !== undefined) && new Set(named).size > 1;
  const taken = new Map();
  return files.map((one) => {
    const own = one.path.at(-1);
    const ending = own.match(PHOTO);
    if (ending === null) return { ...one, name: one.path.join("-") }; // says nothing about anybody, as the file does
    const whose = isGroup ? own.match(NAMED)[1] : person;
    let number = (taken.get(whose) ?? 0) + 1;
    let stem = stemOf(own);
    if (!isGroup || used.has(stem)) {
      while (used.has(`${whose}__${number}`)) number += 1;
      stem = `${whose}__${number}`;
    }
    taken.set(whose, number);
    used.add(stem);
    return { ...one, name: `${stem}${ending[0].toLowerCase()}` };
  });
}
