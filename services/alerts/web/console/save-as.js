// Hands a file to the browser, which keeps it where it keeps what is downloaded.

/**
 * @param {Blob} content
 * @param {string} name
 */
export function saveAs(content, name) {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over once this turn of its work is done.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
