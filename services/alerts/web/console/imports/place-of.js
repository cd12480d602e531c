// Where a row of the report comes from, in the page's language: the desk names lines in English.
import { words } from "../words.js";
/** @import { ItemView } from "../../types/openapi" */

/**
 * @param {ItemView} row
 */
export function placeOf(row) {
  const line = row.kind === "row" && row.name.match(/^people\.csv, line (\d+)$/);
  return line ? words.value.line(Number(line[1])) : row.kind === "person" ? words.value.wholePerson : row.name;
}
