/** What a request asks: the statement and how to answer, from the URL and the body. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Database } from './judge.ts';
import type { Params } from './parameters.ts';
import { ReadError } from './refused.ts';
import { readSettings, type Settings } from './settings.ts';

export const BODY_BYTES = 1024 * 1024;

export interface ReadRequest {
  sql: string;
  database: Database;
  defaultFormat: string;
  params: Params;
  settings: Settings;
  /** What the client calls the statement, or a name made here. */
  queryId: string;
  /** The version of ClickHouse's protocol that the client speaks, 0 where it says none. */
  protocol: number;
}

/** @param mostRows the endpoint's own limit on rows */
export async function readRequest(
  request: IncomingMessage,
  url: URL,
  mostRows: number,
): Promise<ReadRequest> {
  const of = (name: string) => url.searchParams.get(name) ?? undefined;
  const body = request.method === 'POST' ? await readBody(request) : '';
  const query = of('query') ?? '';
  const queryId = of('query_id') ?? '';
  return {
    // as ClickHouse does it: the body goes on where the parameter ends
    sql: query !== '' && body !== '' ? `${query}\n${body}` : query + body,
    database: databaseOf(of('database') ?? header(request, 'x-clickhouse-database')),
    defaultFormat: formatOf(of('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated'),
    params: paramsOf(url.searchParams),
    settings: readSettings(url.searchParams, mostRows),
    queryId: /^[\w.:-]{1,100}$/.test(queryId) ? queryId : randomUUID(),
    protocol: /^\d{1,6}$/.test(of('client_protocol_version') ?? '')
      ? Number(of('client_protocol_version'))
      : 0,
  };
}

function paramsOf(parameters: URLSearchParams): Params {
  const params: Record<string, string> = {};
  for (const [name, value] of parameters) {
    // a placeholder can have no other names
    const of = /^param_(\w+)$/.exec(name)?.[1];
    if (of !== undefined) params[of] = value;
  }
  return params;
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
  if (/^multipart\//i.test(header(request, 'content-type') ?? ''))
    throw new ReadError(
      48,
      'NOT_IMPLEMENTED',
      'forms are not read here: send the statement as body, parameters in the URL',
      501,
    );
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
