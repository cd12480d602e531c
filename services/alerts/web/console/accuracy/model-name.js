// What a recogniser is called where there are two.

const DIGITS = 12;

/** @param {string} digest */
export const name = (digest) => digest.slice(0, DIGITS);
