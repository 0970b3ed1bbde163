/** `tallyd push FILE…`: sends files to the running collector, or stores them here when none runs. */
import { createReadStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { readConfig, type Config } from '../config-lists.ts';
import { exactUrlOf, localAddress, readRuntime, type RuntimeAddress } from '../runtime.ts';
import { tokenWanted } from './token-wanted.ts';

export interface PushOptions {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  files: string[];
  mode: 'append' | 'replace';
  dataset?: string;
  format?: string;
}

/** What became of one file: a line to print, and whether it is in the store. */
interface Outcome {
  text: string;
  stored: boolean;
}

type Send = (file: string) => Promise<Outcome>;

/** Sends one file after another; a failing one does not stop the rest. @returns the exit code. */
export async function push(options: PushOptions): Promise<number> {
  const config = readConfig(options.env, options.config);
  const collector = readRuntime(config.dataDir);
  const { send, close } = collector
    ? { send: overHttp(collector.addresses.http, config.token, options), close: () => Promise.resolve() }
    : await intoStore(config, options);
  let failed = 0;
  try {
    for (const file of options.files) {
      const outcome = await one(file, send);
      if (!outcome.stored) failed++;
      (outcome.stored ? process.stdout : process.stderr).write(`${outcome.text}\n`);
    }
  } finally {
    await close();
  }
  return failed > 0 ? 1 : 0;
}

async function one(file: string, send: Send): Promise<Outcome> {
  try {
    if (!statSync(file).isFile()) return { text: `${file}: is no file`, stored: false };
    return await send(file);
  } catch (error) {
    return { text: `${file}: ${(error as Error).message}`, stored: false };
  }
}

function overHttp(address: RuntimeAddress, token: string | undefined, options: PushOptions): Send {
  const query = new URLSearchParams({ mode: options.mode });
  if (options.dataset) query.set('dataset', options.dataset);
  if (options.format) query.set('format', options.format);
  return async (file) => {
    const url = `${exactUrlOf(localAddress(address))}/api/v1/uploads/${encodeURIComponent(basename(file))}?${query.toString()}`;
    const body = Readable.toWeb(createReadStream(file)) as ReadableStream;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    // undici needs to be told that the request goes on while its answer may come
    const init = { method: 'PUT', headers, body, duplex: 'half' } as RequestInit;
    const response = await fetch(url, init);
    const answer = (await response.json()) as { type?: string; summary?: string; detail?: string };
    const { status } = response;
    if (status === 401 || (status === 403 && answer.type === 'urn:tallyd:problem:scope-missing'))
      return { text: `${file}: ${tokenWanted('ingest', token, answer.detail ?? '')}`, stored: false };
    return {
      text: answer.summary ?? `${file}: ${answer.detail ?? response.statusText}`,
      stored: response.ok,
    };
  };
}

async function intoStore(
  config: Config,
  options: PushOptions,
): Promise<{ send: Send; close: () => Promise<void> }> {
  const { pino } = await import('pino');
  const { openStoreOf, formatsOf } = await import('../main.ts');
  const { createUploads } = await import('../sources/upload/uploads.ts');
  const { summarise } = await import('../sources/upload/summary.ts');
  const { silentTelemetry } = await import('../telemetry.ts');
  const log = pino({ level: 'silent' });
  const store = await openStoreOf(config, log);
  const uploads = createUploads({
    store,
    log,
    formats: formatsOf(config),
    telemetry: silentTelemetry,
    dir: join(config.dataDir, 'uploads'),
    maxBytes: config.uploadMaxBytes,
  });
  await uploads.start();
  const send: Send = async (file) => {
    const { id } = await uploads.receive(createReadStream(file), { ...options, name: basename(file) });
    await uploads.wait(id);
    const report = (await uploads.job(id))!;
    return { text: summarise(report), stored: report.status === 'done' };
  };
  const close = async (): Promise<void> => {
    await uploads.stop();
    await store.close();
  };
  return { send, close };
}
