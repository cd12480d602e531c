// The report of an import as a table for people: in the page's language, with the codes that programs know beside it.
import { oneLine } from "../../shared/text.js";
import { isChinese, remedy, title } from "../findings.js";
import { words } from "../words.js";
import { placeOf } from "./place-of.js";
/** @import { ItemView } from "../../types/openapi" */

// An office program would work out what begins like a formula: at the beginning of a cell, or behind what such a program
// may take for another separator, also in the wide forms. As services/chassis/sheets.py has it.
const FORMULA = /((?:^|;|\\[tnr])[\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
/** @param {string} text */
const plain = (text) => oneLine(text).replace(FORMULA, "$1'");
/** @param {string} text */
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** @param {(string | number | null | undefined)[]} cells */
const line = (cells) => cells.map((cell) => quoted(typeof cell === "number" ? String(cell) : plain(cell ?? ""))).join(",");

/** @param {ItemView[]} rows */
export function csv(rows) {
  const w = words.value;
  const lines = rows.flatMap((row) => {
    const cells = [w.outcomes[row.outcome], row.label, row.external_id, placeOf(row)];
    const rest = [row.kind, row.outcome];
    if (row.findings.length === 0) return [line([...cells, "", null, null, "", ...rest, ""])];
    return row.findings.map((each) =>
      line([...cells, title(each.code), each.value, each.limit, isChinese() ? remedy(each.code) || each.text : each.text, ...rest, each.code]),
    );
  });
  // The mark at the beginning lets office programs read it as UTF-8.
  return `\ufeff${[line(w.reportColumns), ...lines].join("\r\n")}\r\n`;
}
