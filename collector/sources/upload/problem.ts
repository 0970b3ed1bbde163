/** Why an upload is refused or failed, in words for whoever sent it. */
import type { UploadReport } from './types.ts';

/** Stable names of problems, for scripts; docs/http-api.md lists them. */
export type ProblemKind =
  | 'bad-parameter'
  | 'empty-body'
  | 'bad-encoding'
  | 'bad-multipart'
  | 'too-large'
  | 'unsupported-encoding'
  | 'unsupported-file'
  | 'unknown-format'
  | 'nothing-readable'
  | 'archive-incomplete'
  | 'disk-full'
  | 'spool-full'
  | 'store-away'
  | 'store-failed'
  | 'internal'
  | 'stopping';

const STATUS: Record<ProblemKind, { status: number; title: string }> = {
  'bad-parameter': { status: 400, title: 'A parameter is wrong' },
  'empty-body': { status: 400, title: 'The body is empty' },
  'bad-encoding': { status: 400, title: 'The body cannot be decompressed' },
  'bad-multipart': { status: 400, title: 'The multipart body cannot be read' },
  'too-large': { status: 413, title: 'The upload is too large' },
  'unsupported-encoding': { status: 415, title: 'The encoding is not supported' },
  'unsupported-file': { status: 415, title: 'The kind of file is not supported' },
  'unknown-format': { status: 422, title: 'The format is not known' },
  'nothing-readable': { status: 422, title: 'Nothing in the file could be read' },
  'archive-incomplete': { status: 422, title: 'Not all of the archive was stored' },
  'disk-full': { status: 507, title: 'The disk is full' },
  'spool-full': { status: 503, title: 'Too much waits to be stored' },
  'store-away': { status: 503, title: 'The store does not answer' },
  'store-failed': { status: 503, title: 'The store did not take the upload' },
  internal: { status: 500, title: 'Something went wrong inside' },
  stopping: { status: 503, title: 'tallyd is stopping' },
};

export class UploadProblem extends Error {
  readonly kind: ProblemKind;
  /** The report of the upload, where it got far enough to have one. */
  readonly report: UploadReport | undefined;

  /** @param detail a sentence that says what to do */
  constructor(kind: ProblemKind, detail: string, report?: UploadReport) {
    super(detail);
    this.name = 'UploadProblem';
    this.kind = kind;
    this.report = report;
  }

  get status(): number {
    return STATUS[this.kind].status;
  }

  get title(): string {
    return STATUS[this.kind].title;
  }

  with(report: UploadReport): UploadProblem {
    return new UploadProblem(this.kind, this.message, report);
  }
}

/** The client went away before the body was complete. Nothing is left of the upload. */
export class BrokenOffError extends Error {
  constructor(cause: unknown) {
    super('the upload broke off before its end', { cause });
    this.name = 'BrokenOffError';
  }
}
