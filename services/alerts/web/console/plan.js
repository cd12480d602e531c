// What a picked folder or several files amount to: which file is people.csv, and under which name each photo is sent.
export const MOST_BYTES = 15 * 1024 * 1024;
export const PEOPLE = "people.csv";

const PHOTO = /\.(jpe?g|png|webp|hei[cf])$/i;
// What systems leave in folders, and nobody means to send.
const LITTER = /^(\..*|thumbs\.db|desktop\.ini)$/i;

// The way to a file below the picked folder; a file that was picked by itself has none.
const steps = (file) => (file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(1) : [file.name]);

// A photo in a folder of its own is of the person whose name the folder bears, as the command line has it.
export function plan(picked) {
  const found = [...picked]
    .map((file) => ({ file, path: steps(file) }))
    .filter(({ path }) => !LITTER.test(path.at(-1)))
    .sort((one, other) => (one.path.join("/") < other.path.join("/") ? -1 : 1));
  const people = found.find(({ path }) => path.length === 1 && path[0].toLowerCase() === PEOPLE);
  const counted = new Map();
  const photos = found
    .filter(({ path }) => path.at(-1).toLowerCase() !== PEOPLE)
    .map(({ file, path }) => ({ file, shown: path.join("/"), name: named(path, counted) }));
  return { people: people?.file ?? null, photos };
}

function named(path, counted) {
  const own = path.at(-1);
  if (path.length === 1) return own;
  const person = path.at(-2);
  const number = (counted.get(person) ?? 0) + 1;
  counted.set(person, number);
  const ending = own.match(PHOTO);
  return ending === null ? own : `${person}__${number}${ending[0].toLowerCase()}`;
}
