/**
 * The header and dialect of a delimited file, from its first bytes. Reading the rows is the engine's
 * work; what stands here must only agree with how the engine cuts cells.
 */
import { parse } from 'csv-parse/sync';
import { SAMPLE_BYTES, type TableHeader } from './format.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Records that are looked at to tell the delimiter. */
const RECORDS = 25;

/**
 * The header of a head that reads as delimited text: the delimiter is the one that cuts most records
 * into as many cells as the header has. Undefined for JSON, markup, and text of a single column.
 *
 * @param head the first bytes of a file, without a byte order mark; its last record may be cut
 */
export function readTableHeader(head: Buffer): TableHeader | undefined {
  const text = head.toString('utf8');
  if (/^\s*[{[<]/.test(text) || isEndless(head)) return undefined;
  let best: { header: TableHeader; score: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const records = firstRecords(text, delimiter, head.length >= SAMPLE_BYTES);
    const header = records[0];
    if (!header || header.cells.length < 2) continue;
    const score = agreement(records) * header.cells.length;
    if (best && best.score >= score) continue;
    // the engine skips records, not physical lines: a header cell that holds a newline is still one
    const columns = header.cells.map((cell) => cell.trim());
    best = { score, header: { delimiter, columns, headerLines: header.skipped + 1 } };
  }
  return best?.header;
}

/** Whether a head is one line that goes on: what is seen of it is no whole header. */
export function isEndless(head: Buffer): boolean {
  return head.length >= SAMPLE_BYTES && !head.includes(10);
}

interface FirstRecord {
  cells: string[];
  /** Blank lines of the file before this record. */
  skipped: number;
}

function firstRecords(text: string, delimiter: string, cut: boolean): FirstRecord[] {
  const records: FirstRecord[] = [];
  try {
    parse(text, {
      delimiter,
      to: RECORDS,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
      on_record: (cells: string[], { empty_lines }) => {
        records.push({ cells, skipped: empty_lines });
        return null;
      },
    });
  } catch {
    // A quote that is open at the end of the head: what came before it is what there is to know.
  }
  if (cut && records.length > 1 && records.length < RECORDS) records.pop();
  return records;
}

/** The share of records that have as many cells as the first, the first included. */
function agreement(records: FirstRecord[]): number {
  const [header, ...rest] = records;
  const alike = rest.filter(({ cells }) => cells.length === header!.cells.length).length;
  return (1 + alike) / records.length;
}
