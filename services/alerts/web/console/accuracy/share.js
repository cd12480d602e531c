// A share in percent, with where it lies with 95 %.
/** @import { Share } from "../../types/openapi" */

/** @param {Share} share */
export function shown(share) {
  const digits = share.high >= 0.01 ? 1 : share.high >= 0.001 ? 2 : 3;
  const [value, low, high] = [share.value, share.low, share.high].map((part) => (100 * part).toFixed(digits));
  return `${value} % (${low}–${high})`;
}
