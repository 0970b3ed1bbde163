import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from '../../../tests/support/read-fixture.ts';
import { openTestStore, temporaryFolder } from '../../../tests/support/store.ts';
import type { Store } from '../../store/store.ts';
import { builtInFormats } from '../index.ts';
import { recogniseAs, recogniseSample, sampleOf } from '../recognise.ts';
import { createMappedFormats, type MappedFormat } from './mapped.ts';
import { mappedFormatsSchema } from './schema.ts';

const folder = temporaryFolder('mapped');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const GATEWAY = {
  name: 'my-gateway',
  type: 'csv',
  match: { columns: ['request_time', 'llm'] },
  columns: {
    ts: { column: 'request_time', timezone: 'Europe/Berlin' },
    model: 'llm',
    input_tokens: { column: 'prompt_tokens', minus: ['cached_tokens'] },
    cache_read_tokens: 'cached_tokens',
    output_tokens: 'completion_tokens',
    reported_cost_usd: { column: 'cost_cents', multiply: 0.01 },
    user: { value: 'team-a' },
  },
};

function mapped(config: object): MappedFormat {
  return createMappedFormats(mappedFormatsSchema.parse([config]))[0]!;
}

function problems(config: unknown): string {
  const result = mappedFormatsSchema.safeParse([config]);
  return result.success ? '' : result.error.issues.map((issue) => issue.message).join('; ');
}

let files = 0;
async function read(format: MappedFormat, text: string, more: { dataset?: string; arrivedAt?: number } = {}) {
  const path = join(folder.path, `${++files}.txt`);
  writeFileSync(path, text);
  return (
    await readFile(store, path, { formats: [...builtInFormats, format], dataset: `d${files}`, ...more })
  ).report;
}

async function rows(dataset: string, columns: string): Promise<unknown[]> {
  return await store.rows(
    `SELECT ${columns} FROM tallyd.usage WHERE dataset = '${dataset}' ORDER BY ts, event_id`,
  );
}

describe('a mapped CSV', () => {
  const header = 'request_time,llm,prompt_tokens,cached_tokens,completion_tokens,cost_cents\n';

  it('becomes events with disjoint tokens, in UTC, priced in dollars', async () => {
    const report = await read(mapped(GATEWAY), `${header}2026-07-01 12:00:00,gpt-5,"1,000",400.0,50,12.5\n`, {
      dataset: 'csv',
    });
    expect(report.rejections).toEqual([]);
    expect(
      await rows(
        'csv',
        'toString(ts) AS ts, source, provider, model, user, input_tokens, cache_read_tokens, output_tokens, total_tokens, toString(reported_cost_usd) AS cost',
      ),
    ).toEqual([
      {
        ts: '2026-07-01 10:00:00.000',
        source: 'my-gateway',
        provider: 'openai',
        model: 'gpt-5',
        user: 'team-a',
        input_tokens: 600,
        cache_read_tokens: 400,
        output_tokens: 50,
        total_tokens: 1050,
        cost: '0.125',
      },
    ]);
  });

  it('rejects what cannot be read with its column, value and reason, and reads the rest', async () => {
    const bad = [
      ['', 'm', '1', '0', '1', '1'],
      ['yesterday', 'm', '1', '0', '1', '1'],
      ['99999999999999999999999', 'm', '1', '0', '1', '1'],
      ['2026-07-01', 'm', '1.5', '0', '1', '1'],
      ['2026-07-01', 'm', '1', '2', '1', '1'],
      ['2026-07-01', 'm', '1', '0', '-1', '1'],
      ['2026-07-01', 'm', '1', '0', '1', '99999999999999999999999'],
      ['2026-07-01', 'm', '1', '0', '1', 'cheap'],
      ['2026-07-01', 'm', '', '', '', ''],
      ['2026-07-01', 'm', '1', '0', '99999999999999999999', '1'],
      ['2026-07-01', 'm', '1', '0', '1', '1', 'more'],
    ];
    const good = '2026-07-01,m,1,0,1,\n';
    const report = await read(
      mapped(GATEWAY),
      header + bad.map((row) => `${row.join(',')}\n`).join('') + good,
    );
    expect(report.rows).toMatchObject({ accepted: 1, rejected: bad.length });
    expect(
      report.rejections.map(({ record, line, column, value, reason }) => [
        record,
        line,
        column,
        value,
        reason,
      ]),
    ).toEqual([
      [1, 2, 'request_time', '', 'the cell is missing or empty'],
      [2, 3, 'request_time', 'yesterday', expect.stringContaining('not a date')],
      [3, 4, 'request_time', '99999999999999999999999', expect.stringContaining('not a date')],
      [4, 5, 'prompt_tokens', '1.5', 'not a whole number'],
      [5, 6, 'prompt_tokens', '1', 'less than what is to be subtracted from it'],
      [6, 7, 'completion_tokens', '-1', 'not a whole number'],
      [7, 8, 'cost_cents', '99999999999999999999999', 'not an amount of money'],
      [8, 9, 'cost_cents', 'cheap', 'not an amount of money'],
      [9, 10, undefined, undefined, 'neither tokens nor a cost'],
      [10, 11, 'completion_tokens', '99999999999999999999', 'not a whole number'],
      [11, 12, undefined, undefined, 'more cells than the header has'],
    ]);
  });

  it('counts rows that are alike, and the same file again adds nothing', async () => {
    const row = '2026-07-02 00:00:00,m,5,0,5,\n';
    const first = await read(mapped(GATEWAY), header + row + row, { dataset: 'alike' });
    expect(first.rows).toMatchObject({ accepted: 2 });
    const again = await read(mapped(GATEWAY), header + row + row, { dataset: 'other', arrivedAt: 2e12 });
    expect(again.rows).toMatchObject({ accepted: 0, duplicate: 2, revised: 0 });
  });

  it('with an id lets the later upload decide', async () => {
    const format = mapped({ ...GATEWAY, columns: { ...GATEWAY.columns, id: 'rid' } });
    const text = (cost: string) => `rid,${header}abc,2026-07-03,m,5,0,5,${cost}\n`;
    expect(format.unit).toBe('record');
    await read(format, text('1'), { dataset: 'ids', arrivedAt: 1000 });
    const later = await read(format, text('300'), { dataset: 'ids', arrivedAt: 2000 });
    expect(later.rows).toMatchObject({ accepted: 0, revised: 1 });
    expect(await rows('ids', 'cost_usd')).toEqual([{ cost_usd: 3 }]);
  });

  it.each([
    ['2026-01-02T03:04:05.678Z', '2026-01-02 03:04:05.678'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02 01:04:05.000'],
    ['1767323045', '2026-01-02 03:04:05.000'],
    ['1767323045.5', '2026-01-02 03:04:05.500'],
    ['1767323045678', '2026-01-02 03:04:05.678'],
    ['1767323045678901', '2026-01-02 03:04:05.678'],
    ['1767323045678901234', '2026-01-02 03:04:05.678'],
  ])('reads the time %s', async (text, ts) => {
    const format = mapped({
      name: 'times',
      type: 'csv',
      match: { columns: ['t', 'n'] },
      columns: { ts: 't', output_tokens: 'n' },
    });
    const dataset = `time ${text}`;
    expect((await read(format, `t,n\n${text},1\n`, { dataset })).rejections).toEqual([]);
    expect(await rows(dataset, 'toString(ts) AS ts')).toEqual([{ ts }]);
  });

  it('reads names and values that would be code if they were not quoted', async () => {
    const nasty = ["it's", '`x`', '{{records}}', "') --", 'a\\'];
    const format = mapped({
      name: 'nasty',
      type: 'csv',
      match: { columns: nasty },
      columns: {
        ts: nasty[0],
        output_tokens: nasty[1],
        user: { value: "{{arrived_at}}'\\" },
        model: nasty[4],
      },
      tags: [nasty[2], { name: "it's", column: nasty[3] }],
    });
    const report = await read(format, `${nasty.join(',')}\n2026-01-01,7,r,q,m\n`, { dataset: 'nasty' });
    expect(report.rejections).toEqual([]);
    expect(await rows('nasty', 'user, model, output_tokens, tags')).toEqual([
      { user: "{{arrived_at}}'\\", model: 'm', output_tokens: 7, tags: { '{{records}}': 'r', "it's": 'q' } },
    ]);
  });
});

describe('mapped JSON lines', () => {
  const format = mapped({
    name: 'proxy-log',
    type: 'jsonl',
    match: { columns: ['usage.in', 'at'] },
    columns: {
      ts: { column: 'at', format: 'epoch_s' },
      id: 'id',
      model: 'request.model',
      input_tokens: 'usage.in',
      output_tokens: 'usage.out',
      duration_ms: { column: 'seconds', multiply: 1000 },
      status: { column: 'outcome', ok: ['fine'], aborted: ['hung up'] },
    },
    tags: [{ name: 'region', column: 'odd `key`.x' }],
  });

  it('are read by dotted paths; lines without usage are passed over, broken ones rejected', async () => {
    const line = (id: string, outcome: string, more = {}) =>
      JSON.stringify({
        id,
        at: 1767323045,
        request: { model: 'claude-x' },
        usage: { in: 5, out: '1,000' },
        seconds: 1.5,
        outcome,
        'odd `key`': { x: 'eu' },
        ...more,
      });
    const report = await read(
      format,
      [
        line('a', 'fine'),
        '{"event":"start"}',
        '{"broken',
        line('b', 'hung up'),
        line('c', '500', { usage: { in: -1 } }),
        line('d', '500'),
        line('', 'fine'),
      ].join('\n') + '\n',
      { dataset: 'lines' },
    );
    expect(report.rows).toMatchObject({ read: 6, accepted: 3, rejected: 3 });
    expect(report.rejections).toMatchObject([
      { record: 3, line: 3, reason: 'not valid JSON (cut off or broken)', excerpt: '{"broken' },
      { record: 5, column: 'usage.in', value: '-1', reason: 'not a whole number' },
      { record: 7, column: 'id', reason: 'the cell is missing or empty' },
    ]);
    expect(await rows('lines', 'status, provider, duration_ms, total_tokens, tags')).toHaveLength(3);
    expect(
      await store.rows(
        `SELECT status, provider, duration_ms, total_tokens, tags FROM tallyd.usage WHERE dataset = 'lines' ORDER BY status`,
      ),
    ).toEqual([
      {
        status: 'aborted',
        provider: 'anthropic',
        duration_ms: 1500,
        total_tokens: 1005,
        tags: { region: 'eu' },
      },
      {
        status: 'error',
        provider: 'anthropic',
        duration_ms: 1500,
        total_tokens: 1005,
        tags: { region: 'eu' },
      },
      { status: 'ok', provider: 'anthropic', duration_ms: 1500, total_tokens: 1005, tags: { region: 'eu' } },
    ]);
  });
});

describe('mapped Parquet', () => {
  it('is recognised by its name and read by its columns', async () => {
    const path = join(folder.path, 'gateway-7.parquet');
    await store.command(
      `INSERT INTO FUNCTION file('${path}', 'Parquet') SELECT toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC') AS at, ` +
        `'m' AS Model, toUInt32(number) AS n, number / 4 AS usd FROM numbers(3)`,
    );
    const format = mapped({
      name: 'lake',
      type: 'parquet',
      match: { file: 'gateway-*.parquet' },
      columns: { ts: 'at', model: 'Model', output_tokens: 'n', reported_cost_usd: 'usd', requests: 'absent' },
      grain: 'bucket',
    });
    const { report } = await readFile(store, path, { formats: [...builtInFormats, format], dataset: 'lake' });
    expect(report.rejections).toEqual([]);
    expect(
      await store.rows(
        "SELECT toString(ts) AS ts, grain, output_tokens, cost_usd FROM tallyd.usage WHERE dataset = 'lake' ORDER BY output_tokens",
      ),
    ).toEqual(
      [0, 1, 2].map((n) => ({
        ts: '2026-01-02 03:04:05.678',
        grain: 'bucket',
        output_tokens: n,
        cost_usd: n / 4,
      })),
    );
  });
});

describe('recognition of mapped formats', () => {
  const format = mapped({ ...GATEWAY, match: { columns: ['request_time', 'llm'], file: 'gateway-*.csv' } });
  const sample = (text: string, name: string) => sampleOf(Buffer.from(text), { name, path: '' });
  const header = 'LLM;request_time;prompt_tokens;cached_tokens;completion_tokens;cost_cents\n';

  it('asks for its columns in any order, and for the name of the file', () => {
    expect(recogniseSample(sample(header, 'gateway-1.csv'), [format])).toEqual({ format });
    expect(recogniseSample(sample(header, 'other.csv'), [format])).toHaveProperty('problem');
    expect(recogniseAs(sample(header, 'other.csv'), format)).toEqual({ format });
  });

  it('says which mapped column the file lacks', () => {
    expect(
      recogniseSample(sample('request_time,llm,prompt_tokens\n', 'gateway-1.csv'), [format]),
    ).toMatchObject({
      problem: expect.stringContaining(
        'has no column "cached_tokens", "completion_tokens" and no "cost_cents"',
      ) as string,
    });
  });
});

describe('the settings of mapped formats', () => {
  it.each([
    [{ ...GATEWAY, name: 'cursor-csv' }, 'name is that of a format tallyd brings'],
    [{ ...GATEWAY, name: 'My Gateway' }, 'lower case'],
    [{ ...GATEWAY, type: 'xlsx' }, 'csv (any delimiter), jsonl or parquet'],
    [{ ...GATEWAY, columns: { model: 'm' } }, 'must be the name of a column'],
    [{ ...GATEWAY, columns: { ts: 't', model: 'm' } }, 'without them there is no usage'],
    [{ ...GATEWAY, columns: { ts: 't', input: 'm' } }, 'input is not known here; there are ts, model'],
    [{ ...GATEWAY, match: {} }, 'match must have'],
    [
      { ...GATEWAY, columns: { ts: { column: 't', timezone: 'Mars/Olympus' }, output_tokens: 'o' } },
      'Europe/Berlin',
    ],
    [{ ...GATEWAY, columns: { ts: 't', output_tokens: { column: 'o', times: 2 } } }, 'minus'],
    [
      { name: 'x', type: 'jsonl', columns: { ts: 't', output_tokens: 'u.o', user: 'u' } },
      'mapped as a value',
    ],
  ])('refuse %j', (config, words) => {
    expect(problems(config)).toContain(words);
  });

  it('refuse two of one name', () => {
    expect(mappedFormatsSchema.safeParse([GATEWAY, GATEWAY]).error?.issues[0]?.message).toContain(
      'my-gateway',
    );
  });
});
