/** `tallyd formats` and `tallyd formats check`, as people run them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInFormats } from '../collector/formats/index.ts';
import type { Check } from '../collector/formats-help/check.ts';
import type { DescribedFormat } from '../collector/formats-help/described.ts';
import { environment, Program, run } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('formats-command');
const scratch = join(folder.path, 'tmp');
const env = environment(folder.path, { TMPDIR: scratch, TALLYD_TAIL: 'none', COLUMNS: '120' });
beforeAll(() => mkdirSync(scratch));
afterAll(() => folder.remove());

function write(name: string, content: string | Buffer): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

const HEADER =
  'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost,Team Note';
const EXPORT = [
  HEADER,
  '2026-03-02T10:00:00.000Z,Included,gpt-5,No,100,20,3000,40,3160,0.25,x',
  '2026-03-03T10:00:00.000Z,Included,gpt-5,No,0,10,0,5,15,Included,x',
  'yesterday,Included,gpt-5,No,0,10,0,5,15,0.1,x',
  '2026-03-04T10:00:00.000Z,Included,gpt-5,No,0,10,0,5,99,0.1,x',
  '',
].join('\n');

async function check(...args: string[]): Promise<{ code: number; checks: Check[] }> {
  const { code, stdout, stderr } = await run(env, 'formats', 'check', '--json', ...args);
  expect(stderr).toBe('');
  return { code, checks: JSON.parse(stdout) as Check[] };
}

describe('tallyd formats', () => {
  it('lists every format with its kind, how to get a file, and an example', async () => {
    const { stdout, code } = await run(env, 'formats', '--json');
    const listed = JSON.parse(stdout) as DescribedFormat[];
    expect(code).toBe(0);
    expect(listed.map(({ name }) => name).sort()).toEqual(builtInFormats.map(({ name }) => name).sort());
    expect(listed.filter(({ getIt, example }) => getIt === '' || example === '')).toEqual([]);
    expect(listed.find(({ name }) => name === 'kimi')).toMatchObject({
      kind: 'agent log',
      agent: { variable: 'KIMI_DATA_DIR', roots: ['~/.kimi', '~/.kimi-code'] },
    });
    expect(listed.find(({ name }) => name === 'cursor-csv')).toMatchObject({ kind: 'usage export' });
    expect(listed.find(({ name }) => name === 'openai-cost-csv')).toMatchObject({ kind: 'bill' });
  });

  it('shows the formats of tallyd.yaml before those it brings, for people', async () => {
    const { stdout, code } = await run(env, '--config', ownFormats(), 'formats');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Your own, of tallyd\.yaml\n\n {2}my-gateway /);
    expect(stdout).toMatch(/\n {2}cursor-csv {2}Cursor usage export\n/);
  });
});

function ownFormats(): string {
  return write(
    'tallyd.yaml',
    `formats:
  - name: my-gateway
    type: csv
    match: { columns: [request_time, llm] }
    columns:
      ts: request_time
      model: llm
      input_tokens: { column: prompt_tokens, minus: [cached_tokens] }
      cache_read_tokens: cached_tokens
      output_tokens: completion_tokens
    tags: [region]
`,
  );
}

describe('tallyd formats check', () => {
  it('says what each column becomes, what would be stored and what rejected, with totals', async () => {
    const file = write('usage-events.csv', EXPORT);
    const { code, checks } = await check(file);
    expect(code).toBe(1);
    expect(checks).toMatchObject([
      {
        file,
        format: { name: 'cursor-csv', title: 'Cursor usage export', kind: 'usage export' },
        rows: { read: 4, accepted: 2, duplicate: 0, rejected: 2 },
        first: [
          {
            ts: '2026-03-02T10:00:00.000Z',
            model: 'gpt-5',
            input_tokens: 20,
            cache_write_5m_tokens: 100,
            cache_read_tokens: 3000,
            output_tokens: 40,
            total_tokens: 3160,
            reported_cost_usd: '0.25',
            tags: { kind: 'Included', max_mode: 'false' },
          },
          { ts: '2026-03-03T10:00:00.000Z', total_tokens: 15 },
        ],
        totals: {
          events: 2,
          requests: 2,
          tokens: {
            input_tokens: 30,
            cache_write_5m_tokens: 100,
            cache_read_tokens: 3000,
            total_tokens: 3175,
          },
          reportedCostUsd: '0.25',
          unpricedEvents: 0,
        },
        rejections: [
          { record: 3, line: 4, column: 'Date', value: 'yesterday' },
          { record: 4, line: 5, column: 'Total Tokens', value: '99' },
        ],
        rejectedByReason: { 'the token columns do not add up to Total Tokens': 1 },
        unpriced: [],
      },
    ]);
    const fates = Object.fromEntries(checks[0]!.columns!.map(({ column, becomes }) => [column, becomes]));
    expect(Object.keys(fates)).toEqual(HEADER.split(','));
    expect(fates).toMatchObject({ Date: 'ts', 'Cache Read': 'cache_read_tokens', 'Team Note': null });
  });

  it('tells people the same', async () => {
    const { stdout } = await run(env, 'formats', 'check', write('usage-events.csv', EXPORT));
    expect(stdout).toContain('Cursor usage export (cursor-csv, a usage export)');
    expect(stdout).toMatch(/\n {4}Cache Read +cache_read_tokens\n/);
    expect(stdout).toMatch(/\n {4}Team Note +not read\n/);
    expect(stdout).toContain('4 records: 2 to be stored, 2 rejected');
    expect(stdout).toContain(
      "line 4: not a date (YYYY-MM-DD, with or without a time, or milliseconds) (Date 'yesterday')",
    );
    expect(stdout).toMatch(/In all: 2 requests, 3,175 tokens\n/);
  });

  it('reads packed files as plain ones, and leaves nothing behind', async () => {
    const packed: [string, Buffer][] = [
      ['usage-events.csv.gz', gzipSync(EXPORT)],
      ['usage-events.csv.br', brotliCompressSync(EXPORT)],
    ];
    const zstd = spawnSync('zstd', ['-q', '-c'], { input: EXPORT });
    if (zstd.status === 0) packed.push(['usage-events.csv.zst', zstd.stdout]);
    const { checks } = await check(
      write('usage-events.csv', EXPORT),
      ...packed.map(([name, content]) => write(name, content)),
    );
    const [plain, ...others] = checks.map(({ file: _file, ...rest }) => rest);
    expect(plain).toMatchObject({ rows: { read: 4 } });
    expect(others).toEqual(packed.map(() => plain));
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('works while a collector runs, and touches nothing of its store', async () => {
    const collector = await Program.start(env);
    try {
      const { checks } = await check(write('usage-events.csv', EXPORT));
      expect(checks).toMatchObject([{ rows: { accepted: 2 } }]);
      for (const table of ['usage', 'uploads', 'rejected_records'])
        expect(await collector.query(`SELECT count() FROM tallyd.${table}`)).toBe('0');
    } finally {
      await collector.end();
    }
  });

  it('makes no data folder where there is none', async () => {
    const elsewhere = { ...env, TALLYD_DATA_DIR: join(folder.path, 'never') };
    const { code } = await run(elsewhere, 'formats', 'check', write('usage-events.csv', EXPORT));
    expect(code).toBe(1);
    expect(existsSync(elsewhere.TALLYD_DATA_DIR)).toBe(false);
  });

  it('says why a file is in no format, and goes on with the next', async () => {
    const near = write('near.csv', EXPORT.replace('Cache Read', 'Cache Reads'));
    const strange = write('strange.csv', 'a,b\n1,2\n');
    const { code, checks } = await check(near, strange, join(folder.path, 'absent.csv'), folder.path);
    expect(code).toBe(1);
    expect(checks.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(
        /^"near\.csv" looks like a Cursor usage export, but has no column "Cache Read"\./,
      ),
      expect.stringMatching(/^"strange\.csv" is in no format that tallyd knows/),
      'there is no such file.',
      'it is a folder: name the files in it.',
    ]);
  });

  it('reads a file as the format it is told, and refuses one that there is not', async () => {
    const file = write('usage-events.csv', EXPORT);
    const { checks } = await check('--format', 'kimi', file);
    expect(checks[0]!.problem).toMatch(/^"usage-events\.csv" cannot be read as kimi: it should hold JSON/);
    const { code, stderr } = await run(env, 'formats', 'check', '--format', 'nothing', file);
    expect(code).toBe(1);
    expect(stderr).toBe('tallyd: There is no format "nothing": tallyd formats lists them.\n');
  });

  it('knows the formats of tallyd.yaml, and what they subtract', async () => {
    const file = write(
      'gateway.csv',
      'request_time,llm,prompt_tokens,cached_tokens,completion_tokens,region,host\n2026-03-02T10:00:00Z,gpt-5,100,40,7,eu,h1\n',
    );
    const { stdout, code } = await run(env, '--config', ownFormats(), 'formats', 'check', '--json', file);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        format: { name: 'my-gateway', kind: 'your own' },
        columns: [
          { column: 'request_time', becomes: 'ts' },
          { column: 'llm', becomes: 'model' },
          { column: 'prompt_tokens', becomes: 'input_tokens' },
          { column: 'cached_tokens', becomes: 'input_tokens (subtracted), cache_read_tokens' },
          { column: 'completion_tokens', becomes: 'output_tokens' },
          { column: 'region', becomes: 'tag region' },
          { column: 'host', becomes: null },
        ],
        first: [{ input_tokens: 60, cache_read_tokens: 40, output_tokens: 7, tags: { region: 'eu' } }],
      },
    ]);
  });

  it('shows the lines of a bill, which are not usage', async () => {
    const bill = builtInFormats.find(({ name }) => name === 'openai-cost-csv')!;
    const fixtures = join(import.meta.dirname, '../collector/formats', bill.name, 'fixtures');
    const file = readdirSync(fixtures).find((name) => name.endsWith('.csv'))!;
    const { checks } = await check(join(fixtures, file));
    expect(checks).toMatchObject([{ format: { name: bill.name, kind: 'bill' } }]);
    const { totals, rows } = checks[0]!;
    expect(totals).toMatchObject({ lines: rows!.accepted });
    expect(rows!.accepted).toBeGreaterThan(0);
  });
});
