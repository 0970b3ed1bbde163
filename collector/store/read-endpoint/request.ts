/** What a request asks: the statement and how to answer, from the URL and the body. */
import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Database } from './judge.ts';
import { ReadError } from './refused.ts';

export const BODY_BYTES = 1024 * 1024;

export interface ReadRequest {
  sql: string;
  database: Database;
  defaultFormat: string;
  params: Record<string, string>;
}

/**
 * Reads a request. Parameters that are settings are ignored: clients send some with every request,
 * and nothing can be set on a connection that only reads.
 */
export async function readRequest(request: IncomingMessage, url: URL): Promise<ReadRequest> {
  const body = request.method === 'POST' ? await readBody(request) : '';
  const query = url.searchParams.get('query') ?? '';
  const params: Record<string, string> = {};
  for (const [name, value] of url.searchParams)
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value;
  return {
    // as ClickHouse does it: the body goes on where the parameter ends
    sql: query !== '' && body !== '' ? `${query}\n${body}` : query + body,
    database: databaseOf(url.searchParams.get('database') ?? header(request, 'x-clickhouse-database')),
    defaultFormat: formatOf(
      url.searchParams.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    ),
    params,
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function databaseOf(name: string | undefined): Database {
  if (name === undefined || name === '' || name === 'default' || name === 'tallyd') return 'tallyd';
  if (name === 'system') return 'system';
  throw new ReadError(81, 'UNKNOWN_DATABASE', `there is no database ${name} here, only tallyd`);
}

function formatOf(name: string): string {
  if (/^\w+$/.test(name)) return name;
  throw new ReadError(73, 'UNKNOWN_FORMAT', `Unknown format ${name}`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decoded(request)) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES)
      throw new ReadError(62, 'QUERY_IS_TOO_LARGE', `a statement is at most ${BODY_BYTES} bytes long`, 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function decoded(request: IncomingMessage): AsyncIterable<unknown> {
  const coding = header(request, 'content-encoding') ?? 'identity';
  switch (coding) {
    case 'identity':
      return request;
    case 'gzip':
      return request.pipe(createGunzip());
    case 'deflate':
      return request.pipe(createInflate());
    case 'br':
      return request.pipe(createBrotliDecompress());
    default:
      throw new ReadError(1, 'UNSUPPORTED_METHOD', `Content-Encoding ${coding} is not understood here`, 415);
  }
}
