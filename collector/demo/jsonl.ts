/** How generated records become the bytes of a JSON-lines file, and what the bytes then hold. */
import type { Prng } from './prng.ts';
import type { FileCounts, GeneratedFile, MalformedLine } from './truth.ts';
import { NO_FILES } from './truth.ts';

/** One record, or one line that is none. */
export type Entry =
  | {
      kind: 'record';
      record: object;
      /** Whether it carries usage that counts (or is a copy of one that does). */
      usage: boolean;
      /** Written with spaces after colons and commas. */
      spaced?: boolean;
      /** No newline follows: the next record stands on the same line. */
      glued?: boolean;
    }
  | { kind: 'malformed'; text: string; reason: MalformedLine['reason'] }
  | { kind: 'empty' };

/** How a file ends: as it should, without the last newline, or with a line cut off within. */
export type Ending = 'newline' | 'unterminated' | 'unfinished';

export interface Layout {
  crlf?: boolean;
  ending?: Ending;
}

export interface Rendered {
  file: GeneratedFile;
  malformed: MalformedLine[];
  counts: FileCounts;
}

/** The text of an entry without its line ending. */
export function entryText(entry: Entry): string {
  if (entry.kind === 'empty') return '';
  if (entry.kind === 'malformed') return entry.text;
  if (!entry.spaced) return JSON.stringify(entry.record);
  return JSON.stringify(entry.record, null, 1).replace(/\n */g, ' ');
}

/**
 * Writes entries as a file. `unfinished` needs a `tail`: a text that is cut off in the middle and
 * left without a newline.
 */
export function renderLines(
  path: string,
  entries: readonly Entry[],
  layout: Layout = {},
  tail = '',
): Rendered {
  const counts: FileCounts = { ...NO_FILES, files: 1 };
  const malformed: MalformedLine[] = [];
  const newline = layout.crlf ? '\r\n' : '\n';
  const parts: string[] = [];
  for (const entry of entries) {
    parts.push(entryText(entry));
    if (entry.kind === 'record' && entry.usage) counts.usageRecords++;
    if (entry.kind === 'record' && entry.glued) {
      counts.gluedLines++;
      continue;
    }
    parts.push(newline);
    counts.lines++;
    if (entry.kind === 'empty') counts.emptyLines++;
    if (entry.kind === 'malformed') malformed.push({ path, line: counts.lines, reason: entry.reason });
  }
  counts.malformedLines = malformed.length;
  const last = entries[entries.length - 1];
  if (layout.ending === 'unterminated' && last?.kind === 'record') {
    parts.pop();
    counts.lines--;
    counts.unterminatedFiles = 1;
  }
  if (layout.ending === 'unfinished' && tail.length > 1) {
    parts.push(firstHalf(tail));
    counts.unfinishedTails = 1;
  }
  return { file: { path, content: parts.join('') }, malformed, counts };
}

/** Half of a text, never ending within a character of two units: its bytes must begin the text's. */
function firstHalf(text: string): string {
  const half = Math.floor(text.length / 2);
  const unit = text.charCodeAt(half - 1);
  return text.slice(0, unit >= 0xd800 && unit < 0xdc00 ? half - 1 : half);
}

/** The index up to which entries can be cut without leaving a glued record alone. */
export function cutIndex(entries: readonly Entry[], wanted: number): number {
  let index = Math.min(wanted, entries.length);
  for (
    let before = entries[index - 1];
    before?.kind === 'record' && before.glued;
    before = entries[index - 1]
  )
    index--;
  return index;
}

/**
 * A line that was cut off behind `least` characters or more. Not just behind a brace: where nothing of the
 * line is usage, readers that pass over such lines take what is left for a whole object and do not parse it.
 */
export function cutOff(prng: Prng, text: string, least: number): string {
  return text.slice(0, prng.int(least, text.length - 2)).replace(/\}+$/, '');
}

/** Lines that no reader of JSON can make sense of. */
export const GARBAGE = [
  '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000',
  '}',
  '<<<<<<< HEAD',
  'Error: ENOSPC: no space left on device, write',
  '{"type":"assistant","message":{"usage":{"input_tokens":12,',
  '{type: assistant, usage: none}',
  '<!doctype html><title>502 Bad Gateway</title>',
];
