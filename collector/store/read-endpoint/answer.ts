/** Answers in the form in which ClickHouse gives them over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ReadError } from './refused.ts';

const compress = promisify(gzip);
/** Smaller answers are not worth the time. */
const GZIP_FROM_BYTES = 1024;

const CONTENT_TYPES: [format: RegExp, type: string][] = [
  [/^JSON\w*EachRow/, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/, 'application/json; charset=UTF-8'],
  [/^(?:CSV|CustomSeparated)\w*WithNames/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(?:TabSeparated|TSV)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [/^Markdown$/, 'text/markdown; charset=UTF-8'],
  [/^(?:Pretty|Vertical|Values|SQLInsert|LineAsString|Raw|Hash|Null)/, 'text/plain; charset=UTF-8'],
  [/^Prometheus$/, 'text/plain; version=0.0.4'],
];

export function contentTypeOf(format: string): string {
  return CONTENT_TYPES.find(([names]) => names.test(format))?.[1] ?? 'application/octet-stream';
}

/** ClickHouse's own mapping of error codes; what is not named is 500. */
const STATUS: [status: number, codes: number[]][] = [
  [
    400,
    [6, 8, 10, 15, 20, 25, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 167, 168, 427, 456, 457],
  ],
  [401, [194]],
  [403, [192, 193, 497, 516]],
  [404, [16, 46, 47, 50, 56, 60, 63, 73, 78, 80, 81, 115]],
  [408, [159]],
  [413, [396]],
  [501, [1, 48]],
  [503, [202]],
];

/** What every answer says of itself. */
export function describe(response: ServerResponse, answer: { format: string; queryId: string }): void {
  response.setHeader('content-type', contentTypeOf(answer.format));
  response.setHeader('x-clickhouse-format', answer.format);
  response.setHeader('x-clickhouse-query-id', answer.queryId);
}

/** Sends an answer that is there as a whole. */
export async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { bytes: Buffer; summary: object },
): Promise<void> {
  let { bytes } = answer;
  response.setHeader('x-clickhouse-summary', JSON.stringify(answer.summary));
  if (bytes.length >= GZIP_FROM_BYTES && acceptsGzip(request)) {
    bytes = await compress(bytes, { level: 1 });
    response.setHeader('content-encoding', 'gzip');
  }
  finish(response, 200, bytes);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.setHeader('content-type', 'text/plain; charset=UTF-8');
  finish(response, status, Buffer.from(text));
}

/** Sends an error as `Code: N. DB::Exception: … (NAME)`. */
export function sendError(response: ServerResponse, error: unknown): void {
  const { code, status } = asReadError(error);
  for (const name of ['content-encoding', 'x-clickhouse-format', 'x-clickhouse-summary'])
    response.removeHeader(name);
  response.setHeader('x-clickhouse-exception-code', String(code));
  if (status === 503) response.setHeader('retry-after', '1');
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="tallyd", charset="UTF-8"');
  sendText(response, status, `${textOf(error)}\n`);
}

function textOf(error: unknown): string {
  const { code, type, message } = asReadError(error);
  return `Code: ${code}. DB::Exception: ${message} (${type})`;
}

/**
 * What ClickHouse writes behind the part of an answer that is out already when a statement fails.
 * Clients find it by the tag, which the header `X-ClickHouse-Exception-Tag` told them. The length is
 * that of the message with its line break.
 */
export function exceptionBlock(error: unknown, tag: string): Buffer {
  const marker = '\r\n__exception__\r\n';
  const message = Buffer.from(textOf(error).slice(0, EXCEPTION_CHARACTERS));
  return Buffer.concat([
    Buffer.from(`${marker}${tag}\r\n`),
    message,
    Buffer.from(`\n${message.length + 1} ${tag}${marker}`),
  ]);
}

/** A block is at most 16 KiB long; a character has up to four bytes. */
const EXCEPTION_CHARACTERS = 4000;

function asReadError(error: unknown): { code: number; type: string; message: string; status: number } {
  const raw = error instanceof Error ? error.message : String(error);
  const given = error as { code?: unknown; type?: unknown; status?: unknown };
  const code = Number(given.code ?? /Code: (\d+)\./.exec(raw)?.[1]);
  if (!Number.isSafeInteger(code))
    return { code: 1002, type: 'UNKNOWN_EXCEPTION', message: raw, status: 500 };
  const type = typeof given.type === 'string' ? given.type : 'ERROR';
  const message = raw.replace(/^Code: \d+\. DB::Exception: /, '').trim();
  const status = error instanceof ReadError ? error.status : undefined;
  return { code, type, message, status: status ?? statusOf(code) };
}

function statusOf(code: number): number {
  return STATUS.find(([, codes]) => codes.includes(code))?.[0] ?? 500;
}

export function acceptsGzip(request: IncomingMessage): boolean {
  const codings = String(request.headers['accept-encoding'] ?? '').split(',');
  return codings.some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}

function finish(response: ServerResponse, status: number, bytes: Buffer): void {
  response.writeHead(status, { 'content-length': bytes.length });
  response.end(bytes);
}
