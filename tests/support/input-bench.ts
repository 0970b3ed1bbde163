/** The real HTTP server over real uploads and a real store, for what people and programs send wrongly. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Format } from '../../collector/formats/format.ts';
import { builtInFormats } from '../../collector/formats/index.ts';
import { createMappedFormats } from '../../collector/formats/mapped/mapped.ts';
import { mappedFormatsSchema } from '../../collector/formats/mapped/schema.ts';
import { createApp } from '../../collector/http/app.ts';
import { listen } from '../../collector/http/server.ts';
import type { UploadReport } from '../../collector/sources/upload/types.ts';
import { createUploads } from '../../collector/sources/upload/uploads.ts';
import type { Store } from '../../collector/store/store.ts';
import { silentTelemetry } from '../../collector/telemetry.ts';
import { openTestStore, quiet, temporaryFolder } from './store.ts';

/** A table of a team's own, and JSON lines of its own. */
const MAPPED = [
  {
    name: 'team',
    type: 'csv',
    match: { columns: ['when', 'llm', 'who'] },
    columns: {
      ...{ ts: 'when', model: 'llm', user: 'who', input_tokens: 'in', output_tokens: 'out' },
      reported_cost_usd: 'cost',
    },
  },
  {
    name: 'team-lines',
    type: 'jsonl',
    match: { columns: ['at', 'n'] },
    columns: { ts: 'at', model: 'm', user: 'u', input_tokens: 'n' },
  },
];

export interface Answer {
  status: number;
  type: string;
  /** A report or a problem. */
  body: Omit<UploadReport, 'status'> & {
    status: unknown;
    type: string;
    detail: string;
    uploads?: UploadReport[];
    refused?: { name: string; detail: string }[];
  };
}

export interface InputBench {
  store: Store;
  formats: readonly Format[];
  folder: string;
  port: number;
  send(bytes: Buffer | string, more?: { path?: string; headers?: Record<string, string> }): Promise<Answer>;
  /** Users of a dataset's events, in their order. */
  users(dataset: string): Promise<string[]>;
  /** Files in the folder of uploads: none when no upload runs. */
  leftOver(): string[];
  close(): Promise<void>;
}

export async function openInputBench(options: { maxBytes: number; idleMs: number }): Promise<InputBench> {
  const folder = temporaryFolder('input');
  const dir = join(folder.path, 'uploads');
  const store = await openTestStore(join(folder.path, 'store'));
  const formats = [...builtInFormats, ...createMappedFormats(mappedFormatsSchema.parse(MAPPED))];
  const { maxBytes, idleMs } = options;
  const uploads = createUploads({
    ...{ store, formats, dir, telemetry: silentTelemetry, log: quiet, retryDelaysMs: [], maxBytes },
  });
  await uploads.start();
  const readiness = () => Promise.resolve({ ready: true, reasons: [] });
  const app = createApp({ uploads, formats, readiness, version: '1', log: quiet, idleMs });
  const server = await listen(app, { host: '127.0.0.1', port: 0, headersMs: idleMs });
  const { port } = server.address;
  return {
    ...{ store, formats, folder: folder.path, port },
    send: async (bytes, { path = '/x.csv', headers = {} } = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/uploads${path}`, {
        ...{ method: 'PUT', body: Buffer.from(bytes as string), headers },
      });
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, body: (await response.json()) as Answer['body'] };
    },
    users: async (dataset) => {
      const rows = await store.rows<{ user: string }>(
        `SELECT user FROM tallyd.usage WHERE dataset = '${dataset}' ORDER BY ts, user`,
      );
      return rows.map(({ user }) => user);
    },
    leftOver: () => readdirSync(dir),
    close: async () => {
      await server.close();
      await uploads.stop();
      await store.close();
      folder.remove();
    },
  };
}
