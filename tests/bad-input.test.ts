/** What people and programs send wrongly: each gets a sentence, costs little, and harms nothing else. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeFile, claudeLine } from '../collector/sources/upload/testing.ts';
import { type InputBench, openInputBench } from './support/input-bench.ts';
import { until } from './support/program.ts';
import { zipOf } from './support/zip.ts';

const MAX_BYTES = 48 * 1024 * 1024;
let bench: InputBench;
beforeAll(async () => {
  bench = await openInputBench({ maxBytes: MAX_BYTES, idleMs: 3000 });
});
afterAll(() => bench.close());

const HEADER = 'when,llm,who,in,out,cost\n';
/** Events are known by their content: rows of different tests have different models. */
const row = (who: string, model = 'gpt-5'): string => `2026-01-01,${model},${who},1,2,0.5\n`;
const CURSOR =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n';
const cursorRow = (who: string, model = 'claude-4.5-sonnet'): string =>
  `"2026-02-01T10:00:01.000Z",${who},"Included","${model}","No","10","20","30","40","100","0.1"\n`;

/** After whatever came before, uploads go on. */
async function stillWorks(): Promise<void> {
  const { status } = await bench.send(HEADER + row('witness'), { path: '/ok.csv?dataset=witness' });
  expect(status).toBe(201);
  expect(bench.leftOver()).toEqual([]);
}

describe('a cell', () => {
  it.each([
    ['with a comma in quotes', '"Doe, Ann"', 'Doe, Ann'],
    ['that is empty', '', ''],
    ['that is empty in quotes', '""', ''],
    ['with doubled quotes', '"say ""hi"""', 'say "hi"'],
    ['with JSON in it', '"{""type"": ""Point"", ""at"": [1, 2]}"', '{"type": "Point", "at": [1, 2]}'],
    ['in UTF-8', 'ʤ 日本', 'ʤ 日本'],
    ['in quotes without need', '"ann"', 'ann'],
  ])(
    '%s is read, with LF and with CRLF, from a mapped format and from an export',
    async (title, cell, value) => {
      const dataset = title.replaceAll(/\W/g, '-');
      for (const text of [HEADER + row(cell, dataset), CURSOR + cursorRow(cell, dataset)])
        for (const ending of ['\n', '\r\n']) {
          const { body } = await bench.send(text.replaceAll('\n', ending), {
            path: `/x.csv?dataset=${dataset}`,
          });
          expect(body.rows).toMatchObject({ read: 1, rejected: 0 });
        }
      expect(await bench.users(dataset)).toEqual([value, value]);
    },
  );

  it.each(['\n', '\r\n'])(
    'with a line break %j and quotes in it is one cell of a mapped format',
    async (ending) => {
      const dataset = ending === '\n' ? 'lf' : 'crlf';
      const text = (HEADER + row('"Once\n""upon"" a time"', dataset) + row('bob', dataset)).replaceAll(
        '\n',
        ending,
      );
      const { body } = await bench.send(text, { path: `/x.csv?dataset=${dataset}` });
      expect(body.rows).toMatchObject({ accepted: 2, rejected: 0 });
      expect(await bench.users(dataset)).toEqual([`Once${ending}"upon" a time`, 'bob']);
    },
  );

  it('with a line break costs its own record of an export, where a name never has one', async () => {
    const text = CURSOR + cursorRow('"a\nb"') + cursorRow('"ann"').replace('01.000Z', '02.000Z');
    const { body } = await bench.send(text, { path: '/x.csv?dataset=broken-line' });
    expect(body.rows).toMatchObject({ accepted: 1, rejected: 1 });
    expect(body.rejections).toMatchObject([{ record: 1, line: 2, column: 'User' }]);
  });
});

describe('the encoding of a file', () => {
  const text = HEADER + row('José', 'encoded');
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as the > of PowerShell writes it', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 with the high byte first', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['Windows-1252, as Excel writes CSV', Buffer.from(text, 'latin1')],
  ])('%s is understood', async (_title, bytes) => {
    const path = `/x.csv?mode=replace&dataset=encoded`;
    const { body } = await bench.send(bytes, { path });
    expect(body.rows).toMatchObject({ read: 1, rejected: 0 });
    expect(await bench.users('encoded')).toEqual(['José']);
  });
});

/** Odd values, each in a row of its own between two good ones: what is told of each, or that it is read. */
describe('of a file with one odd record after another', () => {
  const READ = 'read';

  it('every one of a table is told with its line, column and value, and the good ones are stored', async () => {
    const odd: [cells: string, reason: string, column?: string, value?: string][] = [
      ...[
        ['9223372036854775807', 'a count is too large to be true', 'input_tokens'],
        ['9223372036854775808', 'not a whole number', 'in'],
        ['18446744073709551616', 'not a whole number', 'in'],
        ['-1', 'not a whole number', 'in'],
        ['1e309', 'not a whole number', 'in'],
        ['NaN', 'not a whole number', 'in'],
        ['Infinity', 'not a whole number', 'in'],
        ['1.5', 'not a whole number', 'in'],
      ].map(([value, reason, column]): [string, string, string, string] => [
        `2026-01-01,gpt-5,x,${value},2,`,
        ...([reason!, column!, value!] as const),
      ]),
      ...['0000-01-01', '1969-12-31', '9999-12-31T23:59:59Z', '2026-02-30', '-62135596800', 'NaN'].map(
        (value): [string, string, string, string] => [
          `${value},gpt-5,x,1,2,`,
          ...(['not a date', 'when', value] as const),
        ],
      ),
      ...['1e309', 'Infinity', '99999999999'].map((value): [string, string, string, string] => [
        `2026-01-01,gpt-5,x,1,2,${value}`,
        ...(['not an amount of money', 'cost', value] as const),
      ]),
      ['2026-01-01,gpt-5,x,1,2,,surplus', 'more cells than the header has'],
      ['2026-01-01', 'neither tokens nor a cost'],
      ['\0\0\0\0', 'not a date', 'when', '\0\0\0\0'],
      ['2026-01-01,gpt-5,"never closed,1,2,', 'not a date'],
      ['2026-01-01,gpt-5,NaN costs nothing,1,2,NaN', READ],
      ['2026-01-01,gp\0t,zero,1,2,', READ],
    ];
    const lines = odd.flatMap(([cells], i) => [cells, row(`good${i}`).trimEnd()]);
    const { body } = await bench.send(`${HEADER}${lines.join('\n')}\n`, { path: '/odd.csv?dataset=odd' });
    const bad = odd.flatMap(([, reason, column, value], i) =>
      reason === READ ? [] : [{ record: 2 * i + 1, line: 2 * i + 2, reason, column, value }],
    );
    expect(body.rows).toMatchObject({ read: lines.length, rejected: bad.length });
    const told = await fetch(`http://127.0.0.1:${bench.port}/api/v1/uploads/${body.id}/rejections`).then(
      (response) => response.json() as Promise<{ rejections: typeof bad }>,
    );
    for (const [i, { reason, column, value, ...place }] of bad.entries()) {
      expect(told.rejections[i]).toMatchObject({
        ...place,
        reason: expect.stringContaining(reason) as string,
      });
      if (column !== undefined) expect(told.rejections[i]).toMatchObject({ column, value });
    }
    const users = await bench.users('odd');
    for (const i of odd.keys()) expect(users).toContain(`good${i}`);
  });

  it('every one of a log is told with its line, and the good ones are stored', async () => {
    const tokens = (value: string): string =>
      claudeLine('msg_odd').replace('"input_tokens":10', `"input_tokens":${value}`);
    const deep = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},${claudeLine('msg_deep').slice(1)}`;
    const odd: [line: string, reason: string][] = [
      [tokens('9223372036854775807'), 'a count is too large to be true'],
      [tokens('9223372036854775808'), 'a token count is'],
      [tokens('18446744073709551616'), 'not valid JSON'],
      [tokens('-1'), 'a token count is'],
      [tokens('1e309'), 'not valid JSON'],
      [tokens('NaN'), 'not valid JSON'],
      ...['0000-01-01', '2026-02-30T00:00:00Z', '10000-01-01T00:00:00Z', 'yesterday'].map(
        (time): [string, string] => [claudeLine('msg_odd', 1, time), 'timestamp is missing or not a date'],
      ),
      ...['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z'].map(
        (time): [string, string] => [
          claudeLine('msg_odd', 1, time),
          'the time is not within the years 2000 to 2099',
        ],
      ),
      [deep, 'not valid JSON'],
      ['\0'.repeat(4096), 'not valid JSON'],
      ['{"type":"assistant"', 'not valid JSON'],
      [claudeLine('msg_surrogate').replace('/src/a', '/src/\\ud800'), READ],
      [claudeLine('msg_bytes').replace('/src/a', '/src/\xe9'), READ],
      [claudeLine('msg_twice').replace('"input_tokens":10', '"input_tokens":10,"input_tokens":99'), READ],
    ];
    const lines = odd.flatMap(([line], i) => [line, claudeLine(`msg_good${i}`)]);
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
    const { body } = await bench.send(bytes, { path: '/odd.jsonl?dataset=oddlog' });
    const bad = odd.flatMap(([, reason], i) => (reason === READ ? [] : [{ line: 2 * i + 1, reason }]));
    expect(body.rows).toEqual({
      ...{ read: lines.length, rejected: bad.length, accepted: lines.length - bad.length },
      ...{ duplicate: 0, revised: 0 },
    });
    for (const [i, { line, reason }] of bad.slice(0, 20).entries())
      expect(body.rejections[i]).toMatchObject({ line, reason: expect.stringContaining(reason) as string });
  });
});

describe('a file', () => {
  const wide = (columns: number): string =>
    `${HEADER.trimEnd()}${Array.from({ length: columns }, (_, i) => `,c${i}`).join('')}\n`;

  it('of a header alone, with or without its newline, is a file without records', async () => {
    for (const text of [HEADER, HEADER.trimEnd(), CURSOR.trimEnd()]) {
      const { status, body } = await bench.send(text);
      expect(status).toBe(201);
      expect(body.rows.read).toBe(0);
    }
  });

  it('of 990 columns is read, and its bad records are told', async () => {
    const text = `${wide(984)}${row('wide').trimEnd()}${',1'.repeat(984)}\nyesterday${','.repeat(989)}\n`;
    const { body } = await bench.send(text);
    expect(body.rows).toMatchObject({ read: 2, rejected: 1 });
    expect(body.rejections).toMatchObject([{ record: 2, line: 3, value: 'yesterday' }]);
  });

  it('with a line that is too long to be held loses that line alone', async () => {
    const text = `${HEADER}${row('before')}2026-01-01,gpt-5,${'x'.repeat(33 * 1024 * 1024)},1,2,\n${row('after')}`;
    const { body } = await bench.send(text, { path: '/long.csv?dataset=long' });
    expect(body.rows).toMatchObject({ accepted: 2, rejected: 1 });
    expect(body.rejections).toMatchObject([{ record: 2, line: 3 }]);
    expect(await bench.users('long')).toEqual(['after', 'before']);
  });

  it.each([
    ['of 0 bytes', '', '', 400, 'empty-body', '0 bytes'],
    ['of white space', ' \n\n ', '', 422, 'unknown-format', 'white space'],
    ['of 100,000 columns', wide(100_000), '', 422, 'unknown-format', 'more than 64 KiB'],
    ['of 5,000 columns', wide(5000), '', 422, 'unknown-format', '1,000'],
    ['of one endless line', 'x'.repeat(1_000_000), '', 422, 'unknown-format', 'more than 64 KiB'],
    ['of zeros', Buffer.alloc(10_000), '', 422, 'unknown-format', 'binary'],
    [
      'in UTF-16 without a byte order mark',
      Buffer.from(HEADER + row('x'), 'utf16le'),
      '',
      422,
      'unknown-format',
      'UTF-16',
    ],
    [
      'nested 10,000 deep',
      '['.repeat(10_000) + ']'.repeat(10_000),
      '',
      422,
      'unknown-format',
      'deeper than 500',
    ],
    ['nested without end', '[{"a":'.repeat(500_000), '', 422, 'unknown-format', 'deeper than 500'],
    ['that begins like SQLite', `SQLite format 3\0${'x'.repeat(200)}`, '', 422, 'unknown-format', 'SQLite'],
    [
      'that is Parquet cut off',
      `PAR1${'x'.repeat(200)}`,
      '?format=langfuse-parquet',
      415,
      'unsupported-file',
      'cut off',
    ],
    ['packed twice', gzipSync(gzipSync(HEADER)), '', 415, 'unsupported-file', 'packed twice'],
    [
      'with a quote that opens the first cell and never closes',
      '"when,llm,who\n1,2,3\n',
      '',
      422,
      'unknown-format',
      'column',
    ],
    [
      'for a dataset with a name of 10 kB',
      'x',
      `?dataset=${'d'.repeat(10_000)}`,
      400,
      'bad-parameter',
      '200',
    ],
    ['for a dataset with a line break in its name', 'x', '?dataset=a%0Ab', 400, 'bad-parameter', 'control'],
    ['for a dataset with NUL in its name', 'x', '?dataset=a%00b', 400, 'bad-parameter', 'control'],
    ['with a parameter that is none', 'x', '?datset=a', 400, 'bad-parameter', 'dataset'],
    ['in a mode that is none', 'x', '?mode=REPLACE', 400, 'bad-parameter', 'append or replace'],
    ['in a format that is none', 'x', '?format=../../x', 400, 'bad-parameter', 'auto'],
  ] as const)('%s is refused with a sentence', async (_title, bytes, query, status, kind, detail) => {
    const answer = await bench.send(bytes, { path: `/x${query}` });
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body.type).toBe(`urn:tallyd:problem:${kind}`);
    expect(answer.body.detail).toContain(detail);
    expect(answer.body.detail).toMatch(/[.)]$/);
    expect(bench.leftOver()).toEqual([]);
  });

  it.each([
    ['a path', '..%2F..%2Fetc%2Fpasswd', 'passwd'],
    ['a path of Windows', 'C:%5Ctemp%5Cx.csv', 'x.csv'],
    ['line breaks and NUL', 'a%0D%0Ab%00c.csv', 'abc.csv'],
    ['10,000 characters', 'n'.repeat(10_000), 'n'.repeat(200)],
    ['quotes and markup', `%27%22%3Cb%3E.csv`, `'"<b>.csv`],
  ])('whose name has %s is kept under a name without', async (_title, path, name) => {
    const { body } = await bench.send(HEADER + row('named'), { path: `/${path}` });
    expect(body).toMatchObject({ name, status: 'done' });
  });
});

/** A frame of zstd that says one byte again and again: four bytes for each 128 KiB. RFC 8878, 3.1.1. */
function zstdOf(bytes: number): Buffer {
  const block = 128 * 1024;
  const windowOf128KiB = 0x38;
  const repeated = 1;
  const count = Math.ceil(bytes / block);
  const blocks = Array.from({ length: count }, (_, i) => {
    const header = (block << 3) | (repeated << 1) | (i === count - 1 ? 1 : 0);
    return Buffer.from([header & 255, (header >> 8) & 255, header >> 16, 0x78]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowOf128KiB]), ...blocks]);
}

describe('a packed body', () => {
  const bomb = Buffer.alloc(MAX_BYTES + 1, 'x\n');
  const wide = HEADER + Array.from({ length: 500 }, (_, i) => row(`user${i}`)).join('');
  it.each([
    ['that says gzip and is none', HEADER + row('x'), { 'Content-Encoding': 'gzip' }, 400, 'bad-encoding'],
    ['that says br and is none', HEADER + row('x'), { 'Content-Encoding': 'br' }, 400, 'bad-encoding'],
    ['that says zstd and is none', HEADER + row('x'), { 'Content-Encoding': 'zstd' }, 400, 'bad-encoding'],
    [
      'cut off',
      gzipSync(HEADER + row('x')).subarray(0, 40),
      { 'Content-Encoding': 'gzip' },
      400,
      'bad-encoding',
    ],
    ['that is a gzip bomb', gzipSync(bomb), {}, 413, 'too-large'],
    [
      'cut off (br)',
      brotliCompressSync(wide).subarray(0, -20),
      { 'Content-Encoding': 'br' },
      400,
      'bad-encoding',
    ],
    ['cut off (zstd)', zstdOf(1_000_000).subarray(0, -5), {}, 400, 'bad-encoding'],
    [
      'cut off (ZIP)',
      zipOf([{ name: 'x.csv', content: wide }]).subarray(0, -60),
      {},
      415,
      'unsupported-file',
    ],
    ['that is a zstd bomb', zstdOf(MAX_BYTES + 1), {}, 413, 'too-large'],
    ['that is a zstd bomb, and says so', zstdOf(1 << 30), { 'Content-Encoding': 'zstd' }, 413, 'too-large'],
    [
      'that is a zstd bomb in gzip',
      gzipSync(zstdOf(1 << 30)),
      { 'Content-Encoding': 'gzip' },
      413,
      'too-large',
    ],
    [
      'that is a gzip bomb in gzip',
      gzipSync(gzipSync(bomb)),
      { 'Content-Encoding': 'gzip' },
      413,
      'too-large',
    ],
    [
      'that is a ZIP bomb of zstd',
      zipOf([{ name: 'x.csv.zst', content: zstdOf(1 << 30) }]),
      {},
      413,
      'too-large',
    ],
    ['that is a brotli bomb', brotliCompressSync(bomb), { 'Content-Encoding': 'br' }, 413, 'too-large'],
    ['that is a ZIP bomb', zipOf([{ name: 'x.csv', content: bomb }]), {}, 413, 'too-large'],
    [
      'that is a ZIP archive of nothing but damage',
      zipOf([{ name: 'a.csv', content: HEADER + row('x'), wrongChecksum: true }]),
      {},
      415,
      'unsupported-file',
    ],
    [
      'that is an encrypted ZIP archive',
      zipOf([{ name: 'a.csv', content: HEADER, encrypted: true }]),
      {},
      415,
      'unsupported-file',
    ],
    [
      'that is a ZIP archive in a ZIP archive',
      zipOf([{ name: 'a.zip', content: zipOf([{ name: 'x.csv', content: HEADER }]) }]),
      {},
      415,
      'unsupported-file',
    ],
  ] as const)('%s is refused with a sentence', async (_title, bytes, headers, status, kind) => {
    const answer = await bench.send(bytes, { headers });
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body).toMatchObject({ type: `urn:tallyd:problem:${kind}` });
    expect(answer.body.detail).toMatch(/\.$/);
    expect(bench.leftOver()).toEqual([]);
  });

  it('is unpacked whether it says so, says so twice over, or says another type', async () => {
    const text = HEADER + row('packed');
    for (const [bytes, headers] of [
      [gzipSync(text), {}],
      [gzipSync(text), { 'Content-Encoding': 'gzip', 'Content-Type': 'image/png' }],
      [brotliCompressSync(gzipSync(text)), { 'Content-Encoding': 'gzip, br' }],
    ] as const)
      expect((await bench.send(bytes, { headers })).body.rows).toMatchObject({ read: 1, rejected: 0 });
  });

  it('whose archive has names that lead out of it stays inside, and what is good of it is stored', async () => {
    const files = ['/etc/a.csv', '../../b.csv', 'C:\\c.csv', '..', 'd.csv'].map((name, i) => ({
      name,
      content: i === 4 ? 'When\nnothing' : HEADER + row(`zip${i}`),
    }));
    const { status, body } = await bench.send(zipOf(files), { path: '/evil.zip?dataset=zip' });
    expect(status).toBe(422);
    expect(body.uploads!.map(({ name }) => name)).toEqual([
      'evil.zip/a.csv',
      'evil.zip/b.csv',
      'evil.zip/c.csv',
    ]);
    expect(body.refused).toHaveLength(1);
    expect(await bench.users('zip')).toEqual(['zip0', 'zip1', 'zip2']);
  });
});

describe('a form', () => {
  const part = (field: string, content: string, name = 'x.csv'): string =>
    `--b\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n${content}\r\n`;
  const good = HEADER + row('form');
  it.each([
    [
      'without a file',
      '--b\r\nContent-Disposition: form-data; name="dataset"\r\n\r\nx\r\n--b--\r\n',
      'no field "file"',
    ],
    ['without anything', '--b--\r\n', 'no field "file"'],
    ['with two files', `${part('file', good)}${part('file', good)}--b--\r\n`, 'two files'],
    ['with a file in another field', `${part('data', good)}--b--\r\n`, '"data"'],
    [
      'with another boundary than it says',
      part('file', good).replaceAll('--b', '--c'),
      'cut off or malformed',
    ],
    ['that is cut off', part('file', good), 'cut off or malformed'],
  ])('%s is refused with a sentence', async (_title, text, detail) => {
    const answer = await bench.send(text, { headers: { 'Content-Type': 'multipart/form-data; boundary=b' } });
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:tallyd:problem:bad-multipart' } });
    expect(answer.body.detail).toContain(detail);
    expect(bench.leftOver()).toEqual([]);
  });

  it('without a boundary in its header is refused with a sentence', async () => {
    const answer = await bench.send(part('file', good), {
      headers: { 'Content-Type': 'multipart/form-data' },
    });
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:tallyd:problem:bad-multipart' } });
  });
});

describe('a connection', () => {
  const open = (length: number | 'chunked') => {
    const socket = connect(bench.port, '127.0.0.1').on('error', () => undefined);
    const told = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    socket.write(`PUT /api/v1/uploads/x.csv HTTP/1.1\r\nHost: localhost\r\n${told}\r\n\r\n`);
    return socket;
  };

  it('that promises more than it sends is told so, and nothing of it is kept', async () => {
    const socket = open(1000);
    socket.write(HEADER + row('short'));
    const text = (await socket.setEncoding('utf8').toArray()).join('');
    expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*no byte of the body came/);
    await until(() => bench.leftOver().length === 0);
  });

  it.each([1000, 'chunked'] as const)(
    'that breaks off (%s) leaves nothing, and other uploads end',
    async (length) => {
      const sockets = Array.from({ length: 5 }, () => open(length));
      for (const socket of sockets)
        socket.write(length === 'chunked' ? `c\r\nwhen,llm,who\r\n` : 'when,llm,who');
      await until(() => bench.leftOver().length === 5);
      const other = bench.send(HEADER + row('other'));
      for (const socket of sockets) socket.destroy();
      expect((await other).status).toBe(201);
      await until(() => bench.leftOver().length === 0);
    },
  );

  it('that sends a broken chunk is told so', async () => {
    const socket = open('chunked');
    socket.write('nonsense\r\n');
    const [first] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    expect(first).toMatch(/^HTTP\/1\.1 400 /);
    await until(() => bench.leftOver().length === 0);
  });
});

it('after all of this, uploads go on', async () => {
  await stillWorks();
  expect((await bench.send(claudeFile('msg_last'), { path: '/x.jsonl' })).status).toBe(201);
});
