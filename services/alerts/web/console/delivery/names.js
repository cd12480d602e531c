// Names as they are typed and as the server takes them.

// What the server takes for a name in an address.
export const NAME = "[A-Za-z0-9_\\-]{1,64}";

/**
 * Names between commas, blanks or line breaks.
 * @param {string} text
 */
export const namesIn = (text) => text.split(/[\s,;，；、]+/).filter(Boolean);

/**
 * The same set, with one name more or less.
 * @template T
 * @param {readonly T[]} names
 * @param {T} name
 * @param {boolean} on
 */
export const withName = (names, name, on) => (on ? [...names.filter((each) => each !== name), name] : names.filter((each) => each !== name));
