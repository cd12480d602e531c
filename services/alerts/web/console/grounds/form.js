// What holds for one person or for everybody in an import, as it is typed and as it is sent.
/** @import { GroundsForm } from "../../types/page" */

/** @type {GroundsForm} */
export const EMPTY = {
  category: "", basis: "", evidence: "", instruction: "", until: "", usual: true,
  scope: { kind: "network", group: null, sites: [] },
};

/**
 * The same as it is sent. An end that nobody chose is left to the desk: two years, or as long as the ground allows.
 * @template {GroundsForm} Form
 * @param {Form} form
 */
export function bodyOf({ until, usual, ...rest }) {
  return { ...rest, last_day: usual ? null : until };
}

/** @param {GroundsForm} form */
export const isWhole = ({ scope }) => scope.kind !== "sites" || scope.sites.length > 0;
