// Text from people is shown as text: no sign hides, turns the writing round or breaks a line.

// Control characters, invisible marks, halves of characters and separators of lines; letters and marks that are blank.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]/gu;
/** @type {Record<string, string>} */
const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** @param {string} sign */
function escaped(sign) {
  const code = sign.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/**
 * On one line, as the command line shows it.
 * @param {string} text
 */
export const oneLine = (text) => text.replace(UNSEEN, (sign) => SHORT[sign] ?? escaped(sign));

/**
 * A browser makes blanks of line breaks by itself.
 * @param {string} text
 */
export const visible = (text) => text.replace(UNSEEN, (sign) => (sign === "\n" || sign === "\t" ? sign : escaped(sign)));
