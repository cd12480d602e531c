// Whom a photo without a line may mean, and the name that says so. Pure.
/** @import { ItemView } from "../../types/openapi" */

const MEANT = /^(.+) \(people\.csv, (\d+)\)$/;

/** @param {ItemView} row */
export const meantBy = (row) =>
  row.findings
    .filter(({ code }) => code === "no_row")
    .flatMap(({ meant }) => meant ?? [])
    .flatMap((text) => {
      const found = text.match(MEANT);
      return found ? [{ id: found[1], line: Number(found[2]) }] : [];
    });

/**
 * The first name of a photo of `id` that no other file has, with the ending that it had.
 * @param {string} name
 * @param {string} id
 * @param {{ has: (name: string) => boolean }} taken
 */
export function freeName(name, id, taken) {
  const ending = name.slice(name.lastIndexOf("."));
  let number = 1;
  while (taken.has(`${id}__${number}${ending}`)) number += 1;
  return `${id}__${number}${ending}`;
}
