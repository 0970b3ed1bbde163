/** A report in one sentence, for somebody who just ran curl. */
import { builtInFormats } from '../../formats/index.ts';
import type { Rejection } from '../../store/types.ts';
import type { UploadReport } from './types.ts';

const MODELS_NAMED = 5;

/** @example usage.csv: 1,480 records read as cursor-csv: 1,470 new, 8 already known, 2 rejected (first: …) */
export function summarise(report: UploadReport): string {
  const name = report.name === '' ? 'upload' : report.name;
  switch (report.status) {
    case 'received':
      return `${name}: received, waiting for its turn`;
    case 'running':
      return `${name}: being read as ${report.format}`;
    case 'failed':
      return `${name}: failed: ${report.error ?? 'see the log'}`;
    case 'done':
      return `${name}: ${readSentence(report)}${unpricedSentence(report.unpriced)}`;
  }
}

/** What a person should know of an upload that ended well: that nothing was in it, and why that may be. */
export function warningOf({ status, rows, format }: UploadReport): string | undefined {
  if (status !== 'done' || rows.read > 0) return undefined;
  const passed = passedOver(format);
  return passed === undefined
    ? 'No record in it tells of usage: it has a header alone, or a time in which nothing was used.'
    : `No record in it is kept: ${format} passes over ${passed}. Is it the file that you meant to send?`;
}

function passedOver(format: string): string | undefined {
  return builtInFormats.find(({ name }) => name === format)?.passesOver;
}

function readSentence({ rows, rejections, format, dataset, mode }: UploadReport): string {
  const place = mode === 'replace' ? `, in the place of what the dataset ${dataset} held` : '';
  if (rows.read === 0) {
    const passed = passedOver(format);
    return `no usage in it (read as ${format}${passed ? `, which passes over ${passed}` : ''})${place}`;
  }
  const known = rows.revised > 0 ? ` (${count(rows.revised)} of them corrected)` : '';
  const parts = [
    `${count(rows.accepted)} new`,
    ...(rows.duplicate > 0 ? [`${count(rows.duplicate)} already known${known}`] : []),
    ...(rows.rejected > 0 ? [`${count(rows.rejected)} rejected${firstOf(rejections)}`] : []),
  ];
  const records = rows.read === 1 ? 'record' : 'records';
  return `${count(rows.read)} ${records} read as ${format}: ${parts.join(', ')}${place}`;
}

function firstOf(rejections: readonly Rejection[]): string {
  const [first] = rejections;
  return first ? ` (first: ${rejectionSentence(first)})` : '';
}

/** @example line 17: not a date (Date 'yesterday') */
export function rejectionSentence({ record, line, reason, column, value }: Rejection): string {
  const place = line > 0 ? `line ${count(line)}` : `record ${count(record)}`;
  const cell = column === undefined ? '' : ` (${column} '${(value ?? '').slice(0, 60)}')`;
  return `${place}: ${reason}${cell}`;
}

function unpricedSentence(models: readonly string[]): string {
  if (models.length === 0) return '';
  const named = models.slice(0, MODELS_NAMED).join(', ');
  const more = models.length > MODELS_NAMED ? ` and ${models.length - MODELS_NAMED} more` : '';
  return `; no price for ${named}${more}`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
