/** Files that no format reads, whatever its columns: each with a sentence that says what to do. */
import { isDatabase } from './database.ts';
import type { Sample } from './format.ts';
import { isEndless } from './table-header.ts';

/** The engine's statement names every column several times. AWS's widest report has 300. */
const MOST_COLUMNS = 1000;

/** Whether the file begins as Parquet does. */
export function isParquet(sample: Sample): boolean {
  return startsWith(sample.head, 'PAR1');
}

/**
 * Why the bytes can be no text that tallyd reads, as the end of a sentence that begins with the
 * file's name; undefined when they may.
 */
export function whyUnreadable(sample: Sample): string | undefined {
  const { head, table } = sample;
  if (isParquet(sample) || isDatabase(head)) return undefined;
  if (head.length === 0) return 'is empty';
  const magic = MAGIC.find(({ bytes }) => startsWith(head, bytes));
  if (magic) return magic.says;
  if (isUtf16(head))
    return 'is UTF-16 text: save it as UTF-8, or push it with tallyd push, which takes UTF-16 that begins with a byte order mark';
  if (isBinary(head)) return 'is binary data, not text';
  const text = head.toString('utf8').trimStart();
  if (text === '') return 'holds only white space';
  if (/^<(!doctype|html|head|body|\?xml|script)/i.test(text))
    return 'is a web page, not an export: probably the sign-in page or an error was saved in its place';
  if (!head.includes(10) && head.includes(13))
    return 'ends its lines with a carriage return alone, as old Macs did: save it with line feeds';
  if (isEndless(head) && !/^[{[]/.test(text))
    return 'begins with a line of more than 64 KiB, which is no header: the first line must name the columns';
  if (table && table.columns.length > MOST_COLUMNS)
    return `has ${table.columns.length.toLocaleString('en-US')} columns, and no export that is read has more than ${MOST_COLUMNS.toLocaleString('en-US')}: leave out those without usage`;
  return undefined;
}

/** Longest first where one begins another. */
const MAGIC = [
  {
    bytes: 'PK\x03\x04',
    says: 'is a ZIP archive or a spreadsheet: unpack it, or save the sheet as CSV, and send the files in it',
  },
  { bytes: '\x1f\x8b', says: 'is compressed with gzip: send it with Content-Encoding: gzip, or unpacked' },
  {
    bytes: '\x28\xb5\x2f\xfd',
    says: 'is compressed with zstd: send it with Content-Encoding: zstd, or unpacked',
  },
  { bytes: 'BZh', says: 'is compressed with bzip2: unpack it first' },
  { bytes: '\xfd7zXZ\0', says: 'is compressed with xz: unpack it first' },
  { bytes: '%PDF-', says: 'is a PDF: look for a CSV export where it came from' },
  { bytes: '\xd0\xcf\x11\xe0', says: 'is an old Excel workbook: save the sheet as CSV' },
] as const;

function startsWith(head: Buffer, magic: string): boolean {
  return head.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1'));
}

/**
 * A file of text may hold zeros, in a damaged cell or where a machine lost power while it was written:
 * then its first line has none, or they are few.
 */
function isBinary(head: Buffer): boolean {
  if (!head.includes(0)) return false;
  const newline = head.indexOf(10);
  // eslint-disable-next-line no-control-regex
  if (newline !== -1 && !/[\0-\x08\x0e-\x1f\ufffd]/.test(head.toString('utf8', 0, newline))) return false;
  let zeros = 0;
  for (const byte of head) if (byte === 0) zeros++;
  return zeros * 100 > head.length;
}

/** By its byte order mark, or by a zero in every second of the first bytes. */
function isUtf16(head: Buffer): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  const start = head.subarray(0, 64);
  if (start.length < 8) return false;
  const zeros = [0, 0];
  for (const [i, byte] of start.entries()) if (byte === 0) zeros[i % 2]! += 1;
  const half = Math.floor(start.length / 2);
  return zeros.some((count, i) => count >= half * 0.8 && zeros[1 - i] === 0);
}
