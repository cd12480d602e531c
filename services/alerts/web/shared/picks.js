// What this browser keeps of an import's files until they are sent: handles of the folders they were picked from, which
// are its own tokens and open nothing before somebody allows it anew, and how many files they are. Nothing of a photo.
// Gone when the files are sent, when the import ends, and when the session does.

const DATABASE = "wardwatch-imports";
const STORE = "handles";

/**
 * `encoding`: of names in a zip, as somebody chose it.
 * @typedef {{ account: string, handles: (FileSystemDirectoryHandle | FileSystemFileHandle)[], encoding: string }} Kept
 */

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T | null>} null where the browser keeps nothing, as in a private window
 */
async function inStore(mode, work) {
  if (typeof indexedDB === "undefined") return null;
  try {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await answered(opening);
    try {
      return await answered(work(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof DOMException || error === null) return null;
    throw error;
  }
}

/**
 * @param {string} id of the import
 * @param {Kept} kept
 */
export const keepHandles = (id, kept) => inStore("readwrite", (store) => store.put(kept, id));

const TOTAL = "wardwatch-import-";
/**
 * @param {string} id of the import
 * @param {number} total files that are to be sent
 */
export const keepTotal = (id, total) => sessionStorage.setItem(TOTAL + id, String(total));
/**
 * How many files were to be sent when the page was left; null when that is not known.
 * @param {string} id of the import
 */
export const keptTotal = (id) => Number(sessionStorage.getItem(TOTAL + id)) || null;

/** @param {string} id of the import */
export async function forgetPicks(id) {
  sessionStorage.removeItem(TOTAL + id);
  await inStore("readwrite", (store) => store.delete(id));
}

/** Forgets those of every import. */
export async function forgetAllPicks() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(TOTAL)) sessionStorage.removeItem(key);
  await inStore("readwrite", (store) => store.clear());
}

/**
 * What this account picked for an import; what another one did is forgotten.
 * @param {string} id of the import
 * @param {string} account
 */
export async function keptHandles(id, account) {
  const kept = /** @type {Kept | null | undefined} */ (await inStore("readonly", (store) => store.get(id)));
  if (kept && kept.account !== account) await forgetPicks(id);
  return kept && kept.account === account ? kept : null;
}
