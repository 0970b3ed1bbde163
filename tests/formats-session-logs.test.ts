/** Logs of Kimi, Qwen, pi, OpenClaw and Copilot as generated with every quirk, against the truth. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCopilotCli } from '../collector/demo/copilot-cli.ts';
import { generateCopilotOtel } from '../collector/demo/copilot-otel.ts';
import { generateKimi } from '../collector/demo/kimi.ts';
import { generatePi } from '../collector/demo/pi.ts';
import { Prng } from '../collector/demo/prng.ts';
import { generateQwen } from '../collector/demo/qwen.ts';
import type { SessionLogOptions, SessionLogs, TrueUsage } from '../collector/demo/session-logs.ts';
import { shuffledLines } from '../collector/demo/shuffle.ts';
import type { GeneratedFile } from '../collector/demo/truth.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import type { Format } from '../collector/formats/format.ts';
import { readSample, recogniseSample } from '../collector/formats/recognise.ts';
import type { Store } from '../collector/store/store.ts';
import type { BatchReport } from '../collector/store/types.ts';
import { batchOf, writeCorpus } from './support/corpus.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('session-logs');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

type Generate = (options: SessionLogOptions) => SessionLogs;
interface Agent {
  title: string;
  format: string;
  generate: Generate;
  /** Whether each line stands alone. */
  anyOrder: boolean;
}

const AGENTS: Agent[] = [
  {
    title: 'Kimi CLI',
    format: 'kimi',
    generate: (o) => generateKimi({ ...o, version: 'cli' }),
    anyOrder: true,
  },
  {
    title: 'Kimi Code',
    format: 'kimi',
    generate: (o) => generateKimi({ ...o, version: 'code' }),
    anyOrder: true,
  },
  { title: 'Qwen Code', format: 'qwen', generate: generateQwen, anyOrder: true },
  { title: 'pi', format: 'pi', generate: generatePi, anyOrder: false },
  {
    title: 'OpenClaw',
    format: 'openclaw',
    generate: (o) => generatePi({ ...o, agent: 'openclaw' }),
    anyOrder: false,
  },
  { title: 'Copilot CLI', format: 'copilot-cli', generate: generateCopilotCli, anyOrder: false },
  {
    title: 'Copilot CLI before it kept records',
    format: 'copilot-cli',
    generate: (o) => generateCopilotCli({ ...o, version: 'totals' }),
    anyOrder: false,
  },
  {
    title: 'Copilot’s OpenTelemetry',
    format: 'copilot-otel',
    generate: generateCopilotOtel,
    anyOrder: false,
  },
];

const DAY = 86_400_000;
let corpora = 0;

/** Logs of days of their own: what two corpora used alike would be one. */
function draw(generate: Generate, seed: number): { logs: SessionLogs; dataset: string } {
  const from = Date.UTC(2024, 0, 1) + ++corpora * DAY;
  const logs = generate({ seed: `${seed}-${corpora}`, from, until: from + DAY / 2 });
  return { logs, dataset: `corpus ${corpora}` };
}

async function read(
  format: Format,
  files: GeneratedFile[],
  dataset: string,
  place = dataset,
): Promise<BatchReport> {
  const paths = writeCorpus(join(folder.path, place), files);
  const input = { kind: 'files' as const, files: paths.map((path) => ({ path, size: statSync(path).size })) };
  return await store.write(batchOf(format, input, { dataset }));
}

function formatOf(name: string): Format {
  return builtInFormats.find((format) => format.name === name)!;
}

type Row = Omit<TrueUsage, 'ts'> & { ts: number };
const KEYS = [
  ...(['ts', 'sessionId', 'project', 'model', 'status', 'requests'] as const),
  ...(['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const),
];

async function stored(dataset: string): Promise<string[]> {
  const rows = await store.rows<Row>(
    `SELECT toUnixTimestamp64Milli(ts) AS ts, session_id AS sessionId, project, model, status, requests, input_tokens AS input, ` +
      `cache_read_tokens AS cacheRead, cache_write_5m_tokens AS cacheWrite, output_tokens AS output, reasoning_tokens AS reasoning ` +
      `FROM (SELECT * FROM tallyd.usage WHERE dataset = '${dataset}' AND unclassified_tokens + cache_write_1h_tokens = 0)`,
  );
  return inOrder(rows);
}

function inOrder(rows: readonly TrueUsage[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(
        KEYS.map((key) => (typeof row[key] === 'string' && key !== 'ts' ? row[key] : Number(row[key]))),
      ),
    )
    .sort();
}

const seeds = fc.integer({ min: 0, max: 1_000_000 });
const runs = { numRuns: 3 };

describe.each(AGENTS)('logs of $title', ({ format: name, generate }) => {
  const format = formatOf(name);

  it('are recognised, and by their format alone', async () => {
    const { logs, dataset } = draw(generate, 1);
    for (const path of writeCorpus(join(folder.path, dataset), logs.files))
      expect(recogniseSample(await readSample(path), builtInFormats)).toEqual({ format });
  });

  it('say what was used, once, however often they are read', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { logs, dataset } = draw(generate, seed);
        const report = await read(format, logs.files, dataset);
        expect(report.rows).toMatchObject({ accepted: logs.usage.length, rejected: logs.malformed });
        expect(await stored(dataset)).toEqual(inOrder(logs.usage));
        const again = await read(format, logs.files, `${dataset} again`, dataset);
        expect(again.rows).toMatchObject({ accepted: 0, revised: 0 });
      }),
      runs,
    );
  });

  it('say the same when fields are added that nobody knows', async () => {
    const { logs, dataset } = draw(generate, 2);
    const files = logs.files.map(({ path, content }) => ({
      path,
      content: content.replaceAll(/\}\n/g, ',"zz_new":{"usage":{"input":7},"list":[1,null]}}\n'),
    }));
    await read(format, files, dataset);
    expect(await stored(dataset)).toEqual(inOrder(logs.usage));
  });

  it('say the same when they were read before they were whole', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { logs, dataset } = draw(generate, seed);
        const prng = new Prng(seed);
        const early = logs.files.map(({ path, content }) => ({ path, content: beginning(prng, content) }));
        await read(format, early, dataset);
        await read(format, logs.files, dataset);
        expect(await stored(dataset)).toEqual(inOrder(logs.usage));
      }),
      runs,
    );
  });
});

/** Where lines stand alone; a log whose lines follow from earlier ones has one order. */
describe.each(AGENTS.filter(({ anyOrder }) => anyOrder))('logs of $title', ({ format: name, generate }) => {
  const format = formatOf(name);

  it('say the same in any order, in two uploads', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { logs, dataset } = draw(generate, seed);
        const prng = new Prng(seed);
        const halves = logs.files.map(({ path, content }) => {
          const lines = shuffledLines(prng, content).split(/(?<=\n)/);
          const cut = prng.int(0, lines.length);
          return [lines.slice(0, cut), lines.slice(cut)].map((some) => ({ path, content: some.join('') }));
        });
        for (const half of [1, 0])
          await read(
            format,
            halves.map((parts) => parts[half]!),
            dataset,
          );
        expect(await stored(dataset)).toEqual(inOrder(logs.usage));
      }),
      runs,
    );
  });
});

function beginning(prng: Prng, content: string): string {
  const lines = content.split(/(?<=\n)/);
  return lines.slice(0, prng.int(1, lines.length)).join('');
}

describe("Copilot's two kinds of files", () => {
  it.each([
    ['session state first', ['copilot-cli', 'copilot-otel']],
    ['OpenTelemetry first', ['copilot-otel', 'copilot-cli']],
  ])('tell a call once, %s', async (_title, order) => {
    const from = Date.UTC(2023, 0, 1) + ++corpora * DAY;
    const options = { seed: corpora, from, until: from + DAY / 2, sessions: 5 };
    const of = { 'copilot-cli': generateCopilotCli(options), 'copilot-otel': generateCopilotOtel(options) };
    const dataset = `both ${corpora}`;
    for (const name of order as (keyof typeof of)[]) await read(formatOf(name), of[name].files, dataset);
    // the session state knows the project
    expect(await stored(dataset)).toEqual(inOrder(of['copilot-cli'].usage));
    expect(await store.rows(`SELECT DISTINCT source FROM tallyd.usage WHERE dataset = '${dataset}'`)).toEqual(
      [{ source: 'copilot-cli' }],
    );
  });
});
