// Zips as tests want them, also broken ones.
import { deflateRawSync } from "node:zlib";

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  }
  return (rest ^ 0xffffffff) >>> 0;
}

// What stands alike before a file and in the directory.
function head(signature, { flags, method, crc, packed, size, name }, before, after) {
  const bytes = Buffer.alloc(4 + before + 22 + after);
  bytes.writeUInt32LE(signature, 0);
  let at = 4 + before;
  for (const value of [flags, method, 0, 0]) at = bytes.writeUInt16LE(value, at);
  for (const value of [crc, packed.length, size]) at = bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(name.length, at);
  return bytes;
}

// Each file by `name` in UTF-8, or `raw` in any bytes; what a zip says of it may be a lie.
export function zipped(...files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name = "", raw, content = "", stored = false, encrypted = false, ...lies } of files) {
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const flags = (raw ? 0 : 0x800) | (encrypted ? 1 : 0);
    const told = { flags, method: stored ? 0 : 8, crc: crc32(plain), packed, size: plain.length, name: Buffer.from(raw ?? name), ...lies };
    const local = head(0x04034b50, told, 2, 2);
    const entry = head(0x02014b50, told, 4, 16);
    entry.writeUInt32LE(at, 42);
    parts.push(local, told.name, packed);
    directory.push(entry, told.name);
    at += local.length + told.name.length + packed.length;
  }
  const bytes = directory.reduce((sum, each) => sum + each.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
