// The list by keyboard: "/" goes to the search, arrows go from row to row, Enter opens one.
/** @param {KeyboardEvent} event */
export function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("#list-search"));
  const here = document.activeElement;
  const types = here instanceof HTMLInputElement || here instanceof HTMLTextAreaElement || here instanceof HTMLSelectElement;
  if (event.key === "/" && !types) {
    event.preventDefault();
    field?.focus();
    field?.select();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (types && here !== field) return;
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".people .person")]);
  const at = rows.findIndex((row) => row === here);
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  if (at < 0 && event.key === "ArrowUp") return;
  event.preventDefault();
  if (next < 0) field?.focus();
  else rows[Math.min(next, rows.length - 1)]?.focus();
}
