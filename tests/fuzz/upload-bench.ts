/** Uploads into a real store, for fuzzing: what became of a file, and whether that is allowed. */
import { join } from 'node:path';
import { createMappedFormats } from '../../collector/formats/mapped/mapped.ts';
import { mappedFormatsSchema } from '../../collector/formats/mapped/schema.ts';
import { builtInFormats } from '../../collector/formats/index.ts';
import type { Format } from '../../collector/formats/format.ts';
import type { UploadReport } from '../../collector/sources/upload/types.ts';
import { createUploads } from '../../collector/sources/upload/uploads.ts';
import { UploadProblem } from '../../collector/sources/upload/problem.ts';
import type { Store } from '../../collector/store/store.ts';
import { silentTelemetry } from '../../collector/telemetry.ts';
import { openTestStore, quiet, temporaryFolder } from '../support/store.ts';

/** Why damaged bytes may be refused: what is told is the sender's to mend. */
const REFUSALS = [
  'empty-body',
  'bad-encoding',
  'unsupported-file',
  'unknown-format',
  'nothing-readable',
] as const;

export interface Sent {
  /** Undefined where no report was made: the bytes were refused before that. */
  report: UploadReport | undefined;
  problem: UploadProblem | undefined;
}

export interface UploadBench {
  store: Store;
  formats: readonly Format[];
  /** @throws Error for an outcome that no bytes may have */
  send(name: string, bytes: Buffer, format?: string): Promise<Sent>;
  /** Things in the store that no file may bring there, as sentences. */
  oddities(): Promise<string[]>;
  close(): Promise<void>;
}

/** @param mapped `formats:` of a tallyd.yaml. */
export async function openUploadBench(name: string, mapped: unknown = []): Promise<UploadBench> {
  const folder = temporaryFolder(name);
  const store = await openTestStore(join(folder.path, 'store'));
  const formats = [...builtInFormats, ...createMappedFormats(mappedFormatsSchema.parse(mapped))];
  const uploads = createUploads({
    ...{ store, formats, dir: join(folder.path, 'uploads'), telemetry: silentTelemetry, log: quiet },
    retryDelaysMs: [],
  });
  await uploads.start();
  return {
    store,
    formats,
    send: async (file, bytes, format) => {
      const body = (async function* () {
        yield await Promise.resolve(bytes);
      })();
      const request = { name: file, dataset: 'fuzz', ...(format !== undefined && { format }) };
      const { report, problem } = await uploads
        .receive(body, request)
        .then(async ({ id }) => (await uploads.wait(id))!)
        .catch((error: unknown) => {
          if (error instanceof UploadProblem) return { report: error.report, problem: error };
          throw error;
        });
      judge(report, problem);
      return { report, problem };
    },
    oddities: () => oddities(store),
    close: async () => {
      await uploads.stop();
      await store.close();
      folder.remove();
    },
  };
}

function judge(report: UploadReport | undefined, problem: UploadProblem | undefined): void {
  if (problem && !(REFUSALS as readonly string[]).includes(problem.kind))
    throw new Error(`${problem.kind}: ${problem.message}`);
  if (problem && !/[.)…]$/.test(problem.message)) throw new Error(`no sentence: ${problem.message}`);
  if (!report) return;
  const { read, accepted, duplicate, rejected } = report.rows;
  if (accepted + duplicate + rejected !== read)
    throw new Error(`the counts do not add up: ${JSON.stringify(report.rows)}`);
  if (report.status === 'done' && report.rejections.length !== Math.min(rejected, 20))
    throw new Error(`${rejected} were rejected, and ${report.rejections.length} are told`);
  for (const { record, line, reason } of report.rejections)
    if (record < 1 || line < 0 || reason === '')
      throw new Error(`a rejection says nothing: ${JSON.stringify(report.rejections)}`);
}

const TOKENS = [
  ...['input_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_read_tokens'],
  ...['output_tokens', 'reasoning_tokens', 'unclassified_tokens', 'total_tokens'],
];

async function oddities(store: Store): Promise<string[]> {
  const checks: Record<string, string> = {
    'a time outside of this age': `SELECT source, toString(ts) AS what FROM tallyd.usage WHERE toYear(ts) NOT BETWEEN 2000 AND 2099`,
    'a bill of a day outside of this age': `SELECT source, toString(day) AS what FROM tallyd.billed_costs WHERE toYear(day) NOT BETWEEN 2000 AND 2099`,
    'a count beyond all counts': `SELECT source, toString(tuple(${TOKENS.join(', ')})) AS what FROM tallyd.usage WHERE ${TOKENS.map((one) => `${one} >= 10000000000000000`).join(' OR ')}`,
    'more reasoning than output': `SELECT source, toString(event_id) AS what FROM tallyd.usage WHERE reasoning_tokens > output_tokens`,
    'text that is no UTF-8': `SELECT source, hex(concat(model, user, project, session_id, request_id, dataset)) AS what FROM tallyd.usage WHERE NOT isValidUTF8(concat(model, user, project, session_id, request_id, dataset))`,
    'hours that differ from the events':
      `SELECT source, toString((a, b)) AS what FROM (SELECT source, sum(total_tokens) AS a FROM tallyd.usage GROUP BY source) AS events ` +
      `FULL JOIN (SELECT source, sum(input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens + output_tokens + unclassified_tokens) AS b FROM tallyd.usage_hourly GROUP BY source) AS hours USING (source) WHERE a != b`,
  };
  const found: string[] = [];
  for (const [name, sql] of Object.entries(checks))
    for (const row of await store.rows<{ source: string; what: string }>(`${sql} LIMIT 5`))
      found.push(`${row.source}: ${name}: ${row.what}`);
  return found;
}
