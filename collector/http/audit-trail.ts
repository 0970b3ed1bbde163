/** What requests leave in the audit log. */
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Act, AuditEntry, AuditLog } from '../audit/audit-log.ts';
import type { Outcome } from '../sources/upload/queue-entry.ts';
import type { UploadReport } from '../sources/upload/types.ts';
import { askedBy } from './authorise.ts';

/** So many refusals a minute are written one by one; a flood of them is counted, or it would fill the disk. */
const REFUSALS_A_MINUTE = 60;
const REFUSED = new Set([401, 403, 421]);

type Note = Pick<AuditEntry, 'act' | 'what' | 'result'> & { detail?: string };

export class AuditTrail {
  readonly #audit: AuditLog;
  readonly #log: Logger;
  #minute = { began: 0, refusals: 0 };

  constructor(audit: AuditLog, log: Logger) {
    this.#audit = audit;
    this.#log = log;
  }

  /** Writes down what somebody did. A log that cannot be written does not undo it, but is an error. */
  async note(request: Request, response: Response, note: Note): Promise<void> {
    // a socket forgets its address when it closes
    await this.#append({ ...note, ...askerOf(request, response) });
  }

  /** Put it before the check of tokens: it sees who is refused by it. */
  refusals(): RequestHandler {
    return (request, response, next) => {
      const act = actOf(request);
      const from = request.socket.remoteAddress ?? '';
      if (act)
        response.once('finish', () => {
          const { statusCode } = response;
          if (REFUSED.has(statusCode)) this.#refused(request, response, act, from);
          else if (act === 'backup.create') {
            const { who } = askerOf(request, response);
            const result = statusCode < 400 ? 'done' : 'failed';
            void this.#append({ act, who, from, what: {}, result });
          }
        });
      next();
    };
  }

  /** A replacing upload: that it came, and how it ended, which may be long after the answer. */
  async replacing(
    request: Request,
    response: Response,
    uploads: readonly { report: UploadReport; ended: Promise<Outcome> | undefined }[],
  ): Promise<void> {
    const asker = askerOf(request, response);
    for (const { report, ended } of uploads) {
      if (report.mode !== 'replace') continue;
      const what = { dataset: report.dataset, upload: report.id, file: report.name };
      await this.#append({ ...asker, act: 'upload.replace', what, result: 'accepted' });
      void ended?.then(
        ({ report: { status, rows, error } }) =>
          this.#append({
            ...{ ...asker, act: 'upload.replace', what: { ...what, rows } },
            result: status === 'done' ? 'done' : 'failed',
            ...(error !== undefined && { detail: error }),
          }),
        // tallyd stops: the upload goes on at the next start, as its report tells
        () => undefined,
      );
    }
  }

  #refused(request: Request, response: Response, act: Act, from: string): void {
    const now = Date.now();
    if (now - this.#minute.began > 60_000) {
      const left = this.#minute.refusals - REFUSALS_A_MINUTE;
      if (left > 0)
        void this.#append({
          ...{ act: 'refusals', who: { kind: 'unknown', name: '' }, from: '', result: 'refused' },
          what: { more: left, since: new Date(this.#minute.began).toISOString() },
        });
      this.#minute = { began: now, refusals: 0 };
    }
    if (++this.#minute.refusals > REFUSALS_A_MINUTE) return;
    const what = { method: request.method, path: request.originalUrl.split('?', 1)[0]!.slice(0, 300) };
    const { who } = askerOf(request, response);
    const detail = response.locals['problem'] as string | undefined;
    void this.#append({ act, who, from, what, result: 'refused', ...(detail && { detail }) });
  }

  async #append(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    try {
      await this.#audit.append(entry);
    } catch (error) {
      this.#log.error({ err: error, entry }, 'the audit log could not be written');
    }
  }
}

function askerOf(request: Request, response: Response): Pick<AuditEntry, 'who' | 'from'> {
  const caller = askedBy(response);
  const from = request.socket.remoteAddress ?? '';
  if (caller === 'anybody') return { who: { kind: 'local', name: '' }, from };
  if (caller === 'unknown') return { who: { kind: 'unknown', name: '' }, from };
  return { who: { kind: caller.kind, name: caller.name, id: caller.id }, from };
}

/** What only some may do, or what nobody should do unseen. */
function actOf(request: Request): Act | undefined {
  const { method, path } = request;
  if (method === 'DELETE') return 'dataset.delete';
  if (path.startsWith('/api/v1/audit')) return 'audit.read';
  if (path.startsWith('/api/v1/backup') && method === 'POST') return 'backup.create';
  return request.query['mode'] === 'replace' ? 'upload.replace' : undefined;
}
