/** For tests: a store with a read endpoint before it, and requests that say everything themselves. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { openTestStore, quiet, temporaryFolder } from '../../../../tests/support/store.ts';
import type { Store } from '../../store.ts';
import { createReadEndpoint, type ReadEndpointOptions } from '../endpoint.ts';

export interface TestEndpoint {
  store: Store;
  url: string;
  /** Another endpoint over the same store; it is closed with the first. */
  another: (options: Partial<ReadEndpointOptions>) => Promise<string>;
  close: () => Promise<void>;
}

export async function openTestEndpoint(name: string): Promise<TestEndpoint> {
  const folder = temporaryFolder(name);
  const store = await openTestStore(join(folder.path, 'store'));
  const closes: (() => Promise<void>)[] = [];
  const another = async (options: Partial<ReadEndpointOptions>) => {
    const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet, ...options });
    const { address, close } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    closes.push(close);
    return `http://127.0.0.1:${address.port}`;
  };
  const url = await another({});
  return {
    store,
    url,
    another,
    close: async () => {
      for (const close of closes) await close();
      await store.close();
      folder.remove();
    },
  };
}

export interface RawRequest {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Ends the request from this side. */
  signal?: AbortSignal;
}

export interface RawResponse {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
  /** Whether the answer was there as a whole: its length or its last chunk. */
  complete: boolean;
}

/** The response, its body still to be read. Sends headers that fetch does not let one set. */
export function begin(
  url: string,
  { method, body, headers, signal }: RawRequest = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: headers ?? {},
      ...(signal && { signal }),
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body);
  });
}

/** The whole response, or what came of it. */
export async function raw(url: string, options: RawRequest = {}): Promise<RawResponse> {
  const response = await begin(url, options);
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  // a body that is cut off is an error to Node, and what the caller looks for
  response.on('error', () => undefined);
  await new Promise((resolve) => response.once('close', resolve));
  const { statusCode, headers, complete } = response;
  return { status: statusCode!, headers, body: Buffer.concat(chunks), complete };
}
