/** Writes ZIP archives as programs write them, and ones that nobody should. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  name: string;
  content: Buffer | string;
  /** Without compression. */
  stored?: boolean;
  /** Says that it is encrypted. */
  encrypted?: boolean;
  /** Says another compression method than it has. */
  method?: number;
  /** Says a wrong checksum. */
  wrongChecksum?: boolean;
}

const UTF8_NAMES = 0x0800;
const ENCRYPTED = 0x0001;
const VERSION = 45;

/** @param zip64 writes sizes and offsets with 64 bits, as archives beyond 4 GiB have them. */
export function zipOf(files: readonly ZipFile[], zip64 = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const { local, central } = headersOf(file, offset, zip64);
    parts.push(...local);
    directory.push(central);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, ...directory, endOf(files.length, size, offset, zip64)]);
}

function headersOf(file: ZipFile, offset: number, zip64: boolean): { local: Buffer[]; central: Buffer } {
  const name = Buffer.from(file.name);
  const content = Buffer.from(file.content);
  const data = file.stored ? content : deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(UTF8_NAMES | (file.encrypted ? ENCRYPTED : 0), 2);
  common.writeUInt16LE(file.method ?? (file.stored ? 0 : 8), 4);
  common.writeUInt32LE(0x5a210000, 6); // 1 January 2025
  common.writeUInt32LE((crc32(content) ^ (file.wrongChecksum ? 1 : 0)) >>> 0, 10);
  common.writeUInt32LE(zip64 ? 0xffffffff : data.length, 14);
  common.writeUInt32LE(zip64 ? 0xffffffff : content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const extra = zip64 ? extraOf(content.length, data.length, offset) : Buffer.alloc(0);
  common.writeUInt16LE(extra.length, 24);
  const last = Buffer.alloc(14);
  last.writeUInt32LE(zip64 ? 0xffffffff : offset, 10);
  const made = Buffer.alloc(2);
  made.writeUInt16LE(VERSION);
  return {
    local: [Buffer.from('PK\x03\x04'), common, name, extra, data],
    central: Buffer.concat([Buffer.from('PK\x01\x02'), made, common, last, name, extra]),
  };
}

function extraOf(...numbers: number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, i) => extra.writeBigUInt64LE(BigInt(number), 4 + 8 * i));
  return extra;
}

function endOf(files: number, size: number, offset: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(zip64 ? 0xffff : files, 8);
  end.writeUInt16LE(zip64 ? 0xffff : files, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(VERSION, 12);
  record.writeUInt16LE(VERSION, 14);
  for (const [at, number] of [
    [24, files],
    [32, files],
    [40, size],
    [48, offset],
  ] as const)
    record.writeBigUInt64LE(BigInt(number), at);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}
