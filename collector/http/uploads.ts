/** `/api/v1/uploads`: sending files, and what became of them. docs/http-api.md describes it. */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { ReceivedArchive } from '../sources/upload/archive.ts';
import { BrokenOffError } from '../sources/upload/problem.ts';
import { tooLarge } from '../sources/upload/spool.ts';
import type { UploadReport, UploadRequest } from '../sources/upload/types.ts';
import type { Uploads } from '../sources/upload/uploads.ts';
import { sendArchive } from './archive.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bodyOf } from './body.ts';
import { onlyMethods } from './methods.ts';
import { presentItem, presentReport } from './present.ts';
import { notFound, sendProblem } from './problem.ts';
import { nextPage, readBoolean, readPage, readQuery } from './query.ts';
import { rejectionsCsv } from './rejections-csv.ts';
import { countBody } from './rate-limit.ts';
import type { UploadRoom } from './upload-room.ts';
import { sendBody, sendText } from './send.ts';

export interface UploadRoutesOptions {
  uploads: Uploads;
  room: UploadRoom;
  /** A client that sends nothing for so long is cut off. */
  idleMs: number;
  /** Where replacing is written down. */
  trail?: AuditTrail | undefined;
}

const ADDRESS = '/api/v1/uploads';

export function uploadRoutes(options: UploadRoutesOptions): Router {
  const { uploads } = options;
  const router = Router();
  const receive: RequestHandler = (request, response) => receiveUpload(request, response, options);
  router
    .route('/')
    .get((request, response) => listUploads(request, response, uploads))
    .put(receive)
    .post(receive)
    .all(onlyMethods('GET', 'HEAD', 'PUT', 'POST'));
  router
    .route('/:upload')
    .get((request, response) => oneUpload(request, response, uploads))
    .put(receive)
    .post(receive)
    .all(onlyMethods('GET', 'HEAD', 'PUT', 'POST'));
  router
    .route('/:upload/rejections')
    .get((request, response) => listRejections(request, response, uploads))
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

async function receiveUpload(
  request: Request,
  response: Response,
  { uploads, room, idleMs, trail }: UploadRoutesOptions,
): Promise<void> {
  const { wait: waitText, ...settings } = readQuery(request, ['mode', 'dataset', 'format', 'wait']);
  const wait = readBoolean('wait', waitText, true);
  if (Number(request.headers['content-length'] ?? 0) > uploads.maxBytes) throw tooLarge(uploads.maxBytes);
  const received = await room.with(() => receiveBytes(request, response, uploads, idleMs, settings));
  if (!received) return;
  const jobs =
    'archive' in received ? received.uploads : [{ report: received, ended: uploads.wait(received.id) }];
  await trail?.replacing(request, response, jobs);
  if ('archive' in received)
    return await sendArchive(request, response, { received, wait, address: ADDRESS });
  response.setHeader('Location', `${ADDRESS}/${received.id}`);
  const outcome = wait ? await uploads.wait(received.id) : undefined;
  if (outcome?.problem) sendProblem(request, response, outcome.problem);
  else if (outcome) sendBody(request, response, 201, 'application/json', presentReport(outcome.report));
  else {
    const url = `${ADDRESS}/${received.id}`;
    sendBody(request, response, 202, 'application/json', { ...presentReport(received), url });
  }
}

/** Undefined when the client has gone. */
async function receiveBytes(
  request: Request,
  response: Response,
  uploads: Uploads,
  idleMs: number,
  settings: Partial<UploadRequest>,
): Promise<UploadReport | ReceivedArchive | undefined> {
  const name = request.params['upload'];
  const contentEncoding = request.headers['content-encoding'];
  const contentType = request.headers['content-type'];
  try {
    const body = await countBody(request, response, bodyOf(request, response, idleMs));
    return await uploads.receiveAny(body, {
      ...settings,
      name: typeof name === 'string' ? name : '',
      ...(contentEncoding !== undefined && { contentEncoding }),
      ...(contentType !== undefined && { contentType }),
    });
  } catch (error) {
    if (error instanceof BrokenOffError) {
      request.socket.destroy();
      return undefined;
    }
    throw error;
  }
}

async function listUploads(request: Request, response: Response, uploads: Uploads): Promise<void> {
  const page = readPage(request);
  const { items, total } = await uploads.list(page);
  const next = nextPage(request, page, items.length, total);
  if (next) response.setHeader('Link', `<${next}>; rel="next"`);
  const body = { total, uploads: items.map(presentItem), ...(next && { next }) };
  sendBody(request, response, 200, 'application/json', body);
}

async function oneUpload(request: Request, response: Response, uploads: Uploads): Promise<void> {
  readQuery(request, []);
  const report = await uploads.job(idOf(request));
  if (!report) throw unknownUpload(request);
  sendBody(request, response, 200, 'application/json', presentReport(report));
}

async function listRejections(request: Request, response: Response, uploads: Uploads): Promise<void> {
  const page = readPage(request);
  const found = await uploads.rejections(idOf(request), page);
  if (!found) throw unknownUpload(request);
  const { items, total } = found;
  const next = nextPage(request, page, items.length, total);
  if (next) response.setHeader('Link', `<${next}>; rel="next"`);
  response.setHeader('Vary', 'Accept');
  if (request.accepts(['application/json', 'text/csv']) === 'text/csv') {
    sendText(request, response, 200, 'text/csv; charset=utf-8; header=present', rejectionsCsv(items));
    return;
  }
  sendBody(request, response, 200, 'application/json', { total, rejections: items, ...(next && { next }) });
}

function idOf(request: Request): string {
  return String(request.params['upload']);
}

function unknownUpload(request: Request) {
  return notFound(
    `there is no upload ${JSON.stringify(idOf(request).slice(0, 100))}. GET ${ADDRESS} lists them; to send a file, use PUT or POST.`,
  );
}
