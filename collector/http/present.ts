/** Reports as clients see them. */
import { summarise, warningOf } from '../sources/upload/summary.ts';
import type { UploadReport } from '../sources/upload/types.ts';
import type { UploadListItem } from '../sources/upload/uploads.ts';

/** The contract's keys in the contract's order, after a sentence for whoever ran curl. */
export function presentReport(report: UploadReport): object {
  const { rejections, unpriced, startedAt, finishedAt, ...head } = ordered(report);
  const warning = warningOf(report);
  return {
    summary: summarise(report),
    ...(warning !== undefined && { warning }),
    ...{ ...head, rejections, unpriced, startedAt, finishedAt },
  };
}

export function presentItem(item: UploadListItem): object {
  const whole = ordered({ ...item, rejections: [], unpriced: [] });
  const { rejections: _rejections, unpriced: _unpriced, ...rest } = whole;
  return rest;
}

function ordered(report: UploadReport) {
  const { id, name, dataset, format, mode, status, error, bytes, rows } = report;
  const { rejections, unpriced, startedAt, finishedAt } = report;
  return {
    ...{ id, name, dataset, format, mode, status },
    ...(error !== undefined && { error }),
    ...{ bytes, rows, rejections, unpriced, startedAt, finishedAt },
  };
}
