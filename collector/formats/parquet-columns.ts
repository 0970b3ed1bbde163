/**
 * The names of a Parquet file's columns. They stand in the footer, at the end of the file: metadata in
 * Thrift's compact protocol, its length in four bytes, `PAR1`. Only the schema is taken from it;
 * reading the rows is the engine's work.
 */
import type { FileHandle } from 'node:fs/promises';

const TAIL_BYTES = 8;
/** A footer grows with columns and row groups; nobody's export comes near this. */
const LONGEST_FOOTER = 64 * 1024 * 1024;

/** The top-level columns in their order; undefined where the file has no footer that can be read. */
export async function readParquetColumns(file: FileHandle): Promise<string[] | undefined> {
  const { size } = await file.stat();
  if (size < TAIL_BYTES + 4) return undefined;
  const tail = await readAt(file, size - TAIL_BYTES, TAIL_BYTES);
  const length = tail.readUInt32LE(0);
  if (tail.toString('latin1', 4) !== 'PAR1' || length > Math.min(size - TAIL_BYTES - 4, LONGEST_FOOTER))
    return undefined;
  return parquetColumnsOf(await readAt(file, size - TAIL_BYTES - length, length));
}

/** The top-level columns that a footer's metadata names; undefined where it is broken. */
export function parquetColumnsOf(footer: Buffer): string[] | undefined {
  try {
    return topLevel(new CompactReader(footer).schema());
  } catch (error) {
    // beyond the end, or a type that Thrift does not have
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface SchemaElement {
  name: string;
  children: number;
}

/** The schema is a tree written depth first; its root is the row. */
function topLevel(schema: SchemaElement[]): string[] {
  const names: string[] = [];
  for (let at = 1; at < schema.length;) {
    names.push(schema[at]!.name);
    for (let open = 1; open > 0 && at < schema.length; at++) open += schema[at]!.children - 1;
  }
  return names;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(buffer, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}

/** Types of Thrift's compact protocol. */
const TYPE = { stop: 0, yes: 1, no: 2, byte: 3, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 };
/** Fields of FileMetaData and SchemaElement in parquet.thrift. */
const SCHEMA_FIELD = 2;
const NAME_FIELD = 4;
const CHILDREN_FIELD = 5;

class CompactReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  schema(): SchemaElement[] {
    let schema: SchemaElement[] = [];
    this.#fields((field, type) => {
      if (field !== SCHEMA_FIELD || type !== TYPE.list) return this.#skip(type);
      const { count } = this.#listHeader();
      schema = Array.from({ length: count }, () => this.#element());
    });
    return schema;
  }

  #element(): SchemaElement {
    const element = { name: '', children: 0 };
    this.#fields((field, type) => {
      if (field === NAME_FIELD && type === TYPE.binary) element.name = this.#binary().toString('utf8');
      else if (field === CHILDREN_FIELD) element.children = this.#zigzag();
      else this.#skip(type);
    });
    return element;
  }

  #fields(read: (field: number, type: number) => void): void {
    for (let field = 0; ;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === TYPE.stop) return;
      field = head >> 4 === 0 ? this.#zigzag() : field + (head >> 4);
      read(field, type);
    }
  }

  #listHeader(): { count: number; type: number } {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    // every element takes a byte at least, so a count beyond the end is broken
    if (count > this.#bytes.length - this.#at) throw new RangeError('a list runs beyond the end');
    return { count, type: head & 0x0f };
  }

  #skip(type: number): void {
    if (type === TYPE.yes || type === TYPE.no) return;
    if (type === TYPE.byte) this.#at += 1;
    else if (type > TYPE.byte && type < TYPE.double) this.#varint();
    else if (type === TYPE.double) this.#at += 8;
    else if (type === TYPE.binary) this.#binary();
    else if (type === TYPE.list || type === TYPE.set) this.#skipList();
    else if (type === TYPE.map) this.#skipMap();
    else if (type === TYPE.struct) this.#fields((_field, inner) => this.#skip(inner));
    else throw new RangeError(`no type ${type}`);
  }

  #skipList(): void {
    const { count, type } = this.#listHeader();
    for (let i = 0; i < count; i++) this.#skipElement(type);
  }

  #skipMap(): void {
    const count = this.#varint();
    if (count === 0) return;
    const types = this.#byte();
    for (let i = 0; i < count; i++) {
      this.#skipElement(types >> 4);
      this.#skipElement(types & 0x0f);
    }
  }

  /** Within lists and maps a boolean takes a byte; as a field it is its own type. */
  #skipElement(type: number): void {
    if (type === TYPE.yes || type === TYPE.no) this.#byte();
    else this.#skip(type);
  }

  #binary(): Buffer {
    const length = this.#varint();
    if (length > this.#bytes.length - this.#at) throw new RangeError('text runs beyond the end');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new RangeError('a number has no end');
    }
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError('the footer ends early');
    return this.#bytes[this.#at++]!;
  }
}
