/** `tallyd push FILE…`: sends files to the running collector, or stores them here when none runs. */
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readConfig, type Config } from '../config-lists.ts';
import type { UploadReport } from '../sources/upload/types.ts';
import { readRuntime, type RuntimeAddress } from '../runtime.ts';
import { answerTo, connect } from './connect.ts';
import { patiently } from './patience.ts';
import { tokenWanted } from './token-wanted.ts';

export interface PushOptions {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  files: string[];
  mode: 'append' | 'replace';
  dataset?: string;
  format?: string;
}

/** What became of one file, or of one in an archive: a line to print, and whether it is in the store. */
interface Outcome {
  text: string;
  stored: boolean;
}

/** What is read of an answer: a report, a problem, or what became of an archive. */
interface Answer {
  type?: string;
  summary?: string;
  detail?: string;
  archive?: string;
  /** Of an upload that was received. */
  report?: unknown;
  uploads?: (Pick<UploadReport, 'status' | 'rows'> & { summary: string })[];
  refused?: { name: string; detail: string }[];
}

type Send = (file: string) => Promise<Outcome[]>;

/** Sends one file after another; a failing one does not stop the rest. @returns the exit code. */
export async function push(options: PushOptions): Promise<number> {
  const config = readConfig(options.env, options.config);
  const collector = readRuntime(config.dataDir);
  const { send, close } = collector
    ? { send: overHttp(collector.addresses.http, config, options), close: () => Promise.resolve() }
    : await intoStore(config, options);
  let failed = 0;
  try {
    for (const file of options.files) {
      for (const { text, stored } of await one(file, send)) {
        if (!stored) failed++;
        (stored ? process.stdout : process.stderr).write(`${text}\n`);
      }
    }
  } finally {
    await close();
  }
  return failed > 0 ? 1 : 0;
}

async function one(file: string, send: Send): Promise<Outcome[]> {
  try {
    if (!statSync(file).isFile()) return [{ text: `${file}: is no file`, stored: false }];
    return await send(file);
  } catch (error) {
    return [{ text: `${file}: ${(error as Error).message}`, stored: false }];
  }
}

/** gzip and zstd show in the bytes of a file; brotli shows in its name alone. */
function codingOf(file: string): string | undefined {
  return file.endsWith('.br') ? 'br' : undefined;
}

function overHttp(known: RuntimeAddress, config: Config, options: PushOptions): Send {
  const query = new URLSearchParams({ mode: options.mode });
  if (options.dataset) query.set('dataset', options.dataset);
  if (options.format) query.set('format', options.format);
  const attempt = async (file: string) => {
    // one that was started anew meanwhile listens elsewhere
    const address = readRuntime(config.dataDir)?.addresses.http ?? known;
    const path = `/api/v1/uploads/${encodeURIComponent(basename(file))}?${query.toString()}`;
    const coding = codingOf(file);
    const headers = coding === undefined ? {} : { 'content-encoding': coding };
    const content = createReadStream(file);
    await once(content, 'open');
    const request = await connect(address, config, { method: 'PUT', path, headers });
    const { status, text, headers: told } = await sendBody(request, content, address);
    const answer = JSON.parse(text) as Answer;
    const isKept = answer.report !== undefined || answer.archive !== undefined;
    return { status, retryAfter: told['retry-after'], detail: answer.detail, isKept, answer };
  };
  return async (file) => {
    const { status, answer } = await patiently(file, () => attempt(file));
    if (status === 401 || (status === 403 && answer.type === 'urn:tallyd:problem:scope-missing'))
      return [
        { text: `${file}: ${tokenWanted('ingest', config.token, answer.detail ?? '')}`, stored: false },
      ];
    if (answer.archive !== undefined) return outcomesOf(answer);
    const text = answer.summary ?? `${file}: ${answer.detail ?? `the collector answered ${status}`}`;
    return [{ text, stored: status < 300 }];
  };
}

/** An answer may come before the file is sent, when it is refused: then the rest is not sent. */
async function sendBody(request: ClientRequest, file: Readable, address: RuntimeAddress) {
  const sent = new AbortController();
  const sending = pipeline(file, request, { signal: sent.signal }).catch((error: unknown) => {
    // the request is broken, or what was to be sent could not be read
    if (!sent.signal.aborted) request.destroy(error as Error);
  });
  try {
    return await answerTo(request, address);
  } finally {
    sent.abort();
    await sending;
  }
}

/** A line for every file of an archive. One in which nothing could be read is not stored. */
function outcomesOf({ uploads = [], refused = [] }: Answer): Outcome[] {
  return [
    ...uploads.map(({ summary, status, rows }) => ({
      text: summary,
      stored: status === 'done' && (rows.read === 0 || rows.rejected < rows.read),
    })),
    ...refused.map(({ name, detail }) => ({ text: `${name}: ${detail}`, stored: false })),
  ];
}

/** What goes around the collector is written down all the same. */
async function noteReplaced(config: Config, reports: readonly UploadReport[]): Promise<void> {
  const { AuditLog, localUser } = await import('../audit/audit-log.ts');
  for (const { id, name, dataset, mode, rows, status } of reports) {
    if (mode !== 'replace') continue;
    await new AuditLog(config.dataDir).append({
      ...{ act: 'upload.replace', who: localUser(), from: 'local' },
      ...{ what: { dataset, upload: id, file: name, rows }, result: status === 'done' ? 'done' : 'failed' },
    });
  }
}

async function intoStore(
  config: Config,
  options: PushOptions,
): Promise<{ send: Send; close: () => Promise<void> }> {
  const { pino } = await import('pino');
  const { openStoreOf, formatsOf } = await import('../main.ts');
  const { archiveResult } = await import('../sources/upload/archive-result.ts');
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
    const contentEncoding = codingOf(file);
    const request = { ...options, name: basename(file), ...(contentEncoding && { contentEncoding }) };
    const received = await uploads.receiveAny(createReadStream(file), request);
    if ('archive' in received) {
      const { uploads: reports, refused } = await archiveResult(received, true);
      await noteReplaced(config, reports);
      return outcomesOf({ refused, uploads: reports.map((one) => ({ ...one, summary: summarise(one) })) });
    }
    const outcome = await uploads.wait(received.id);
    const report = (await uploads.job(received.id))!;
    await noteReplaced(config, [report]);
    // done, but with nothing in the store: the same answer as over HTTP
    return [{ text: summarise(report), stored: report.status === 'done' && outcome?.problem === undefined }];
  };
  const close = async (): Promise<void> => {
    await uploads.stop();
    await store.close();
  };
  return { send, close };
}
