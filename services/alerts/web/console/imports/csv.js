// The report of an import as CSV, with the columns that the command line writes.
import { oneLine } from "../../shared/text.js";
/** @import { ItemView } from "../../types/openapi" */

const COLUMNS = ["file", "external_id", "verdict", "code", "value", "limit", "remedy", "kind"];
// An office program would work out what begins like a formula: at the beginning of a cell, or behind what such a program
// may take for another separator, also in the wide forms. As cli/sheets.py has it.
const FORMULA = /((?:^|;|\\[tnr])[\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
/** @param {string} text */
const plain = (text) => oneLine(text).replace(FORMULA, "$1'");
/** @param {string} text */
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** @param {(string | number | null | undefined)[]} cells */
const line = (cells) => cells.map((cell) => quoted(String(cell ?? ""))).join(",");

/** @param {ItemView[]} rows */
export function csv(rows) {
  const lines = rows.flatMap((row) => {
    const cells = [plain(row.name), plain(row.external_id ?? ""), row.verdict];
    if (row.findings.length === 0) return [line([...cells, "", "", "", "", row.kind])];
    return row.findings.map((finding) => line([...cells, finding.code, finding.value, finding.limit, plain(finding.text), row.kind]));
  });
  // The mark at the beginning lets office programs read it as UTF-8.
  return `\ufeff${[line(COLUMNS), ...lines].join("\r\n")}\r\n`;
}
