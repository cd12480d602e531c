// The files of a zip, read in the browser one at a time; nothing is unpacked to a disk.
// What is refused, and how names are read, is as the command line does it (cli/watchlist/zips.py), but for names in an
// encoding that the zip does not tell: here somebody looks at them and chooses.
import { MOST_BYTES } from "./pictures.js";
import { Unusable } from "./source-file.js";
/** @import { FindingCode } from "../../types/openapi" */
/** @import { Found, Way } from "./source-file.js" */

/** @typedef {{ raw: Uint8Array, extra: Uint8Array, flags: number, method: number, crc: number, packed: number, size: number, at: number }} Inside */
/**
 * `encodings` are those that the names may be in, each with the first few names; none where that is clear.
 * @typedef {{ found: Found[], encodings: { name: string, sample: string[] }[] }} Zip
 */

// The zip is no zip, or its directory is damaged.
export class NotAZip extends Error {}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_END = END_BYTES + 0xffff;
const MOST_FILES = 100_000;
const LONGEST_DIRECTORY = 64 * 1024 * 1024;
const ENCRYPTED = 0x1;
const UTF8 = 0x800;
const UNICODE_PATH = 0x7075;
const SIZES_64 = 0x0001;
const STORED = 0;
const DEFLATED = 8;
const CANDIDATES = ["gb18030", "big5", "shift_jis", "windows-1252"];
const SAMPLE = 3;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/**
 * @param {Blob} blob
 * @param {string} chosen the encoding of names that the zip does not tell; empty: not chosen yet
 * @returns {Promise<Zip>}
 * @throws {NotAZip}
 */
export async function openZip(blob, chosen = "") {
  const inside = (await directory(blob)).filter(({ raw }) => raw[raw.length - 1] !== 0x2f);
  const unclear = inside.filter((each) => plain(each) === null).map(({ raw }) => raw);
  const possible = ["utf-8", ...CANDIDATES].filter((name) => unclear.every((raw) => decoded(raw, name) !== null));
  // Bytes that are valid UTF-8 are nothing else by chance.
  const encoding = possible[0] === "utf-8" ? "utf-8" : possible.find((name) => name === chosen);
  const asks = unclear.length > 0 && encoding === undefined;
  const encodings = asks
    ? possible.map((name) => ({ name, sample: unclear.slice(0, SAMPLE).map((raw) => decoded(raw, name) ?? "") }))
    : [];
  /** @type {Set<string>} */
  const seen = new Set();
  return { encodings, found: inside.map((each) => found(blob, each, encoding ?? "latin1", seen)) };
}

/**
 * @param {Blob} blob
 * @param {Inside} inside
 * @param {string} encoding
 * @param {Set<string>} seen paths so far
 * @returns {Found}
 */
function found(blob, inside, encoding, seen) {
  const text = plain(inside) ?? decoded(inside.raw, encoding) ?? "";
  const path = text.replaceAll("\\", "/").split("/").filter((part) => part !== ".");
  const file = { name: path[path.length - 1], size: inside.size, read: () => unpacked(blob, inside) };
  const fault = faultOf(path, seen);
  seen.add(path.join("/"));
  return { file, path, ...(fault === null ? {} : { fault }) };
}

/**
 * @param {Way} path
 * @param {Set<string>} seen
 * @returns {FindingCode | null}
 */
function faultOf(path, seen) {
  if (path.some((part) => part === "" || part === "..") || path[0].endsWith(":")) return "bad_name";
  return seen.has(path.join("/")) ? "name_twice" : null;
}

/** @param {Blob} blob */
async function directory(blob) {
  const { count, at, bytes } = await whereDirectory(blob);
  if (count > MOST_FILES || bytes > LONGEST_DIRECTORY || at + bytes > blob.size) throw new NotAZip();
  const view = new DataView(await blob.slice(at, at + bytes).arrayBuffer());
  /** @type {Inside[]} */
  const inside = [];
  for (let place = 0; place + 46 <= view.byteLength && view.getUint32(place, true) === ENTRY; ) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(place + offset, true));
    const after = place + 46 + name + extra + comment;
    if (after > view.byteLength) throw new NotAZip();
    inside.push(entryAt(view, place, name, extra));
    place = after;
  }
  if (inside.length !== count) throw new NotAZip();
  return inside;
}

/**
 * @param {DataView} view
 * @param {number} place
 * @param {number} name its length
 * @param {number} extra its length
 * @returns {Inside}
 */
function entryAt(view, place, name, extra) {
  const bytes = new Uint8Array(view.buffer, place + 46, name + extra);
  const inside = {
    raw: bytes.subarray(0, name),
    extra: bytes.subarray(name),
    flags: view.getUint16(place + 8, true),
    method: view.getUint16(place + 10, true),
    crc: view.getUint32(place + 16, true),
    packed: view.getUint32(place + 20, true),
    size: view.getUint32(place + 24, true),
    at: view.getUint32(place + 42, true),
  };
  const large = field(inside.extra, SIZES_64);
  if (large === null) return inside;
  let next = 0;
  for (const key of /** @type {const} */ (["size", "packed", "at"])) {
    if (inside[key] !== 0xffffffff || next + 8 > large.byteLength) continue;
    inside[key] = Number(large.getBigUint64(next, true));
    next += 8;
  }
  return inside;
}

/** @param {Blob} blob */
async function whereDirectory(blob) {
  const from = Math.max(0, blob.size - LONGEST_END);
  const view = new DataView(await blob.slice(from).arrayBuffer());
  for (let place = view.byteLength - END_BYTES; place >= 0; place -= 1) {
    if (view.getUint32(place, true) !== END) continue;
    const small = { count: view.getUint16(place + 10, true), bytes: view.getUint32(place + 12, true), at: view.getUint32(place + 16, true) };
    const isLarge = small.count === 0xffff || small.bytes === 0xffffffff || small.at === 0xffffffff;
    if (!isLarge || place < 20) return small;
    const start = Number(view.getBigUint64(place - 20 + 8, true));
    const large = new DataView(await blob.slice(start, start + 56).arrayBuffer());
    if (large.byteLength < 56 || large.getUint32(0, true) !== END_64) return small;
    return { count: Number(large.getBigUint64(32, true)), bytes: Number(large.getBigUint64(40, true)), at: Number(large.getBigUint64(48, true)) };
  }
  throw new NotAZip();
}

/**
 * @param {Uint8Array} extra
 * @param {number} kind
 */
function field(extra, kind) {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let place = 0; place + 4 <= view.byteLength; ) {
    const length = view.getUint16(place + 2, true);
    if (place + 4 + length > view.byteLength) return null;
    if (view.getUint16(place, true) === kind) return new DataView(extra.buffer, extra.byteOffset + place + 4, length);
    place += 4 + length;
  }
  return null;
}

/**
 * The name where the zip says, in one of two ways, or leaves no doubt, that it is UTF-8.
 * @param {Inside} inside
 */
function plain({ raw, extra, flags }) {
  if (flags & UTF8 || raw.every((byte) => byte < 0x80)) return decoded(raw, "utf-8");
  const unicode = field(extra, UNICODE_PATH);
  if (unicode === null || unicode.byteLength < 6 || unicode.getUint8(0) !== 1 || unicode.getUint32(1, true) !== crc32(raw)) return null;
  return decoded(new Uint8Array(unicode.buffer, unicode.byteOffset + 5, unicode.byteLength - 5), "utf-8");
}

/**
 * @param {Uint8Array} raw
 * @param {string} encoding
 */
function decoded(raw, encoding) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(Uint8Array.from(raw));
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = CRC_TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/**
 * @param {Blob} blob
 * @param {Inside} inside
 * @throws {Unusable}
 */
async function unpacked(blob, { flags, method, crc, packed, size, at }) {
  if (flags & ENCRYPTED) throw new Unusable("encrypted");
  if (size > MOST_BYTES) throw new Unusable("too_many_bytes");
  const local = new DataView(await blob.slice(at, at + 30).arrayBuffer());
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL || ![STORED, DEFLATED].includes(method)) throw new Unusable("damaged");
  const start = at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const content = await inflated(blob.slice(start, start + packed), method);
  if (crc32(content) !== crc) throw new Unusable("damaged");
  return content.buffer;
}

/**
 * @param {Blob} part
 * @param {number} method
 */
async function inflated(part, method) {
  const stream = method === STORED ? part.stream() : part.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: null }));
    if (value === null) throw new Unusable("damaged");
    if (done || value === undefined) break;
    length += value.byteLength;
    chunks.push(value);
    // What the zip says of the size may be a lie.
    if (length > MOST_BYTES) {
      await reader.cancel();
      throw new Unusable("too_many_bytes");
    }
  }
  const content = new Uint8Array(length);
  let place = 0;
  for (const chunk of chunks) {
    content.set(chunk, place);
    place += chunk.byteLength;
  }
  return content;
}
