/** Rejected records as CSV, for a spreadsheet. */
import type { RejectionDetail } from '../sources/upload/types.ts';

const COLUMNS = ['record', 'line', 'reason', 'column', 'value', 'excerpt'] as const;

export function rejectionsCsv(rejections: readonly RejectionDetail[]): string {
  const rows = rejections.map((rejection) => COLUMNS.map((column) => csvCell(rejection[column] ?? '')));
  return [COLUMNS.join(','), ...rows.map((cells) => cells.join(','))].map((line) => `${line}\r\n`).join('');
}

/**
 * Values come from strangers' files, and a spreadsheet runs a cell that begins like a formula: such a
 * cell gets an apostrophe before it, which spreadsheets take as "this is text". One that has such an
 * apostrophe already gets one more, so that taking one away always gives back what there was.
 */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
