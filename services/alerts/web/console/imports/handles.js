// Folders and files that a browser lets a page come back to (File System Access API): picked, walked, and kept until
// the import's files are sent. What is kept is the browser's own token of a folder or file: no name, no content.
import { sourceOf } from "./source-file.js";
/** @import { Found, Way } from "./source-file.js" */

/** @typedef {FileSystemDirectoryHandle | FileSystemFileHandle} Handle */
/**
 * What of the API the libraries of TypeScript do not describe.
 * @typedef {{ queryPermission?: (mode: { mode: "read" }) => Promise<PermissionState>, requestPermission?: (mode: { mode: "read" }) => Promise<PermissionState> }} Permitting
 * @typedef {{ showDirectoryPicker?: () => Promise<FileSystemDirectoryHandle>, showOpenFilePicker?: (options: { multiple: boolean }) => Promise<FileSystemFileHandle[]> }} Picking
 */

const picking = /** @type {Picking} */ (/** @type {unknown} */ (globalThis));

/** Whether a folder can be picked so that the page may come back to it. */
export const canPick = () => typeof picking.showDirectoryPicker === "function";

/**
 * What somebody picks; null where they pick nothing.
 * @param {"folder" | "files"} what
 * @returns {Promise<Handle[] | null>}
 */
export async function pick(what) {
  try {
    if (what === "folder") return picking.showDirectoryPicker ? [await picking.showDirectoryPicker()] : null;
    return picking.showOpenFilePicker ? await picking.showOpenFilePicker({ multiple: true }) : null;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/**
 * Everything in these folders and files.
 * @param {Handle[]} handles
 * @returns {Promise<Found[]>}
 */
export async function walked(handles) {
  /** @type {Found[]} */
  const found = [];
  for (const handle of handles) {
    if (handle.kind === "file") found.push({ file: sourceOf(await handle.getFile()), path: [handle.name] });
    else await walk(handle, [], found);
  }
  return found;
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {Way} way
 * @param {Found[]} found
 */
async function walk(folder, way, found) {
  for await (const handle of folder.values()) {
    const path = [...way, handle.name];
    if (handle.kind === "directory") await walk(handle, path, found);
    else found.push({ file: sourceOf(await handle.getFile()), path });
  }
}

/**
 * What was dropped: handles where the browser gives them, else everything in the dropped folders and files.
 * To be called while the drop is handled: afterwards the browser has forgotten it.
 * @param {DataTransfer} drop
 * @returns {Promise<{ handles: Handle[] | null, found: Found[] }>}
 */
export async function dropped(drop) {
  const items = [...drop.items].filter(({ kind }) => kind === "file");
  /** @type {(item: DataTransferItem & { getAsFileSystemHandle?: () => Promise<Handle | null> }) => Promise<Handle | null> | null} */
  const handleOf = (item) => item.getAsFileSystemHandle?.() ?? null;
  const asked = items.map(handleOf);
  const entries = items.map((item) => item.webkitGetAsEntry());
  const handles = (await Promise.all(asked)).filter((handle) => handle !== null);
  if (handles.length === items.length) return { handles, found: await walked(handles) };
  /** @type {Found[]} */
  const found = [];
  for (const entry of entries) if (entry !== null) await walkEntry(entry, [], found);
  return { handles: null, found: withoutRoot(found, entries) };
}

/**
 * A folder that was dropped alone is nobody's, as one that was picked.
 * @param {Found[]} found
 * @param {(FileSystemEntry | null)[]} entries
 */
const withoutRoot = (found, entries) =>
  found.map((each) => (each.path.length > 1 && entries.length === 1 ? { ...each, path: each.path.slice(1) } : each));

/**
 * @param {FileSystemEntry} entry
 * @param {Way} way
 * @param {Found[]} found
 */
async function walkEntry(entry, way, found) {
  const path = [...way, entry.name];
  if (entry.isFile) {
    const own = /** @type {FileSystemFileEntry} */ (entry);
    found.push({ file: sourceOf(await new Promise((resolve, reject) => own.file(resolve, reject))), path });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    // A browser gives a hundred at a time, and none at the end.
    const some = await new Promise((/** @type {(found: FileSystemEntry[]) => void} */ resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await walkEntry(each, path, found);
  }
}

/**
 * Whether all of them may be read; asked of a person only where `ask`, which the browser allows after a click alone.
 * @param {Handle[]} handles
 * @param {boolean} ask
 */
export async function mayRead(handles, ask) {
  for (const handle of handles) {
    const permitting = /** @type {Permitting} */ (/** @type {unknown} */ (handle));
    const method = ask ? permitting.requestPermission : permitting.queryPermission;
    if ((await method?.call(handle, { mode: "read" })) !== "granted") return false;
  }
  return true;
}
