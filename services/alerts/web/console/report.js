// The report of an import as CSV, with the columns that the command line writes.
import { oneLine } from "../text.js";
import { desk, importPath } from "./desk.js";

const COLUMNS = ["file", "external_id", "verdict", "code", "value", "limit", "remedy", "kind"];
const PAGE = "100";

// An office program would work out what begins like a formula: at the beginning of a cell, or behind what such a program
// may take for another separator, also in the wide forms. As cli/sheets.py has it.
const FORMULA = /((?:^|;|\\[tnr])[\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const plain = (text) => oneLine(text).replace(FORMULA, "$1'");
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const line = (cells) => cells.map((cell) => quoted(String(cell ?? ""))).join(",");

export function csv(rows) {
  const lines = rows.flatMap((row) => {
    const whose = [plain(row.name), plain(row.external_id ?? ""), row.verdict];
    if (row.findings.length === 0) return [line([...whose, "", "", "", "", row.kind])];
    return row.findings.map((finding) => line([...whose, finding.code, finding.value, finding.limit, plain(finding.text), row.kind]));
  });
  // The mark at the beginning lets office programs read it as UTF-8.
  return `\ufeff${[line(COLUMNS), ...lines].join("\r\n")}\r\n`;
}

export async function save(id, local) {
  const rows = [...local];
  let cursor = null;
  do {
    const page = await desk("GET", importPath(id, "items"), { query: { cursor, limit: PAGE } });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  const url = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `import-${id}.csv`;
  link.click();
  // The browser has taken the file over once this turn of its work is done.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
