// Handing a file to whoever looks at the page.

/**
 * @param {Blob} content
 * @param {string} name
 */
export function saveFile(content, name) {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over once this turn of its work is done.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
