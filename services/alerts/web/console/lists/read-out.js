// The characters of a fingerprint that are read out by telephone: pure.
const READ_OUT = 16;

/** @param {string} fingerprint */
export const readOut = (fingerprint) => fingerprint.replaceAll("-", "").slice(-READ_OUT).replace(/(.{4})(?=.)/g, "$1 ");
