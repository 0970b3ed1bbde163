/** The refreshed price list on disk and on the network: bytes in, checked bytes out. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parsePriceList, PriceListError, type PriceList } from './price-list.ts';

export interface DownloadOptions {
  url: string;
  /** Of the list that is in use; the server then may answer that nothing changed. */
  etag?: string;
  /** For the whole answer, headers and body. */
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

export type Download = { is: 'unchanged' } | { is: 'new'; list: PriceList; bytes: Buffer; etag?: string };

/** Fetches and checks a price list. Rejects with an error that says what went wrong. */
export async function downloadPriceList(options: DownloadOptions): Promise<Download> {
  const { url, etag, timeoutMs, maxBytes, signal } = options;
  const response = await fetch(url, {
    headers: { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status === 304) return { is: 'unchanged' };
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const bytes = await readAtMost(response, maxBytes);
  return { is: 'new', list: listFrom(bytes), bytes, etag: response.headers.get('etag') ?? undefined };
}

/** Reads the JSON text of a price list. Throws PriceListError. */
export function listFrom(bytes: Buffer): PriceList {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new PriceListError('not a price list: not JSON');
  }
  return parsePriceList(json);
}

async function readAtMost(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    // Leaving the loop cancels the body, so that the rest is not downloaded.
    if (size > maxBytes) throw new Error(`the price list is larger than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Replaces a file in one step: a reader, or the next start after a crash, finds the old bytes or
 * the new ones, never a part. The content is on disk before the name points to it.
 */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
