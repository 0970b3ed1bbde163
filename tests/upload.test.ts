/** Uploads end to end: curl, HTTP, the spool, the engine. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInFormats } from '../collector/formats/index.ts';
import { createApp } from '../collector/http/app.ts';
import { listen, type Listening } from '../collector/http/server.ts';
import { claudeFile, claudeLine, tinyTable } from '../collector/sources/upload/testing.ts';
import type { UploadReport } from '../collector/sources/upload/types.ts';
import { createUploads, type Uploads } from '../collector/sources/upload/uploads.ts';
import type { Store } from '../collector/store/store.ts';
import { silentTelemetry } from '../collector/telemetry.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const missing = (tool: string): boolean => spawnSync(tool, ['--version']).error !== undefined;
const folder = temporaryFolder('upload');
const MAX_BYTES = 150 * 1024 * 1024;
let store: Store;
let uploads: Uploads;
let server: Listening;
let url: string;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  const formats = [...builtInFormats, tinyTable];
  const dir = join(folder.path, 'uploads');
  uploads = createUploads({
    store,
    formats,
    dir,
    telemetry: silentTelemetry,
    log: quiet,
    maxBytes: MAX_BYTES,
  });
  await uploads.start();
  const readiness = () => Promise.resolve({ ready: true, reasons: [] });
  const app = createApp({ uploads, formats, readiness, version: '1', log: quiet, idleMs: 500 });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${server.address.port}/api/v1/uploads`;
});
afterAll(async () => {
  await server.close();
  await uploads.stop();
  await store.close();
  folder.remove();
});

interface Answer {
  status: number;
  type: string;
  headers: string;
  /** A report or a problem. */
  body: Omit<UploadReport, 'status'> & { status: unknown; summary: string; url: string; detail: string };
  text: string;
}

/** Runs the real curl; the answer with its headers. */
async function curl(...args: string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)('curl', ['-sS', '-D', '-', '--max-time', '50', ...args]);
  // the last head is the answer's; those before it are "100 Continue"
  const heads = /^(?:HTTP\/1\.1[\s\S]*?\r\n\r\n)+/.exec(stdout)![0];
  const text = stdout.slice(heads.length);
  const head = heads.trimEnd().split('\r\n\r\n').at(-1)!;
  const isJson = /^content-type: application\/(problem\+)?json/im.test(head);
  return {
    status: Number(head.split(' ')[1]),
    type: /^content-type: (\S+)/im.exec(head)?.[1] ?? '',
    headers: head,
    text,
    body: (isJson ? JSON.parse(text) : {}) as Answer['body'],
  };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

const count = async (dataset: string): Promise<number> => {
  const rows = await store.rows<{ n: number }>(
    `SELECT count() AS n FROM tallyd.usage WHERE dataset = '${dataset}'`,
  );
  return Number(rows[0]!.n);
};

const leftOver = (): string[] => readdirSync(join(folder.path, 'uploads'));

describe.skipIf(missing('curl'))(missing('curl') ? 'curl (skipped: it is not installed)' : 'curl', () => {
  it('-T sends a file, and prints a report that a person can read', async () => {
    const path = file('usage.jsonl', `${claudeFile('msg_t1', 'msg_t2', 'msg_t2')}{"usage`);
    const answer = await curl('-T', path, `${url}/`);
    expect(answer.status).toBe(201);
    expect(answer.headers).toContain(`Location: /api/v1/uploads/${answer.body.id}`);
    expect(Object.keys(answer.body)).toEqual(
      'summary id name dataset format mode status bytes rows rejections unpriced startedAt finishedAt'.split(
        ' ',
      ),
    );
    expect(answer.body.summary).toBe(
      'usage.jsonl: 4 records read as claude-code: 2 new, 1 already known, 1 rejected (first: line 4: not valid JSON (cut off or broken)); no price for claude-sonnet-4-5',
    );
    expect(answer.body.rows).toEqual({ read: 4, accepted: 2, duplicate: 1, rejected: 1, revised: 0 });
    expect(answer.body.rejections).toEqual([
      { record: 4, line: 4, reason: 'not valid JSON (cut off or broken)' },
    ]);
    expect(answer.text).toMatch(/^\{\n {2}"summary"[\s\S]*\}\n$/);
    expect(await count('claude-code')).toBe(2);
    expect(leftOver()).toEqual([]);
    const again = await curl('-T', path, `${url}/`);
    expect(again.body.rows).toMatchObject({ accepted: 0, duplicate: 3 });
    expect((await curl(`${url}/${answer.body.id}`)).body).toMatchObject({
      id: answer.body.id,
      status: 'done',
    });
  });

  it('--data-binary sends a body under a name', async () => {
    const path = file('x', claudeFile('msg_d1'));
    const answer = await curl('--data-binary', `@${path}`, `${url}/my%20usage.jsonl?dataset=posted`);
    expect(answer.body).toMatchObject({ name: 'my usage.jsonl', dataset: 'posted', rows: { accepted: 1 } });
  });

  it('-F sends a form, with its settings before or after the file', async () => {
    const path = file('form.jsonl', claudeFile('msg_m1'));
    const answer = await curl('-F', `file=@${path}`, '-F', 'dataset=formed', url);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ name: 'form.jsonl', dataset: 'formed', rows: { accepted: 1 } });
    const refused = await curl('-F', `file=@${path}`, '-F', 'mode=overwrite', url);
    expect(refused).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('append or replace') as string },
    });
    for (const form of [
      ['-F', `other=@${path}`],
      ['-F', 'dataset=x'],
      ['-F', `file=@${path}`, '-F', `file=@${path}`],
    ])
      expect(await curl(...form, url)).toMatchObject({ status: 400, type: 'application/problem+json' });
    const large = file('large', claudeFile('msg_m2') + 'x'.repeat(5_000_000));
    expect((await curl('-F', `file=@${large}`, '-F', 'nonsense=1', url)).body.detail).toContain('"nonsense"');
    expect(leftOver()).toEqual([]);
  });

  it.each([
    ['gzip', gzipSync(claudeFile('msg_gz')), ['-H', 'Content-Encoding: gzip']],
    ['br', brotliCompressSync(claudeFile('msg_br')), ['-H', 'Content-Encoding: br']],
    ['zstd', storedZstd(claudeFile('msg_zs')), ['-H', 'Content-Encoding: zstd']],
    ['a .gz file', gzipSync(claudeFile('msg_gf')), []],
    ['a .zst file', storedZstd(claudeFile('msg_zf')), []],
    ['a byte order mark', Buffer.from(`\uFEFF${claudeFile('msg_bom')}`), []],
    ['UTF-16', Buffer.from(`\uFEFF${claudeFile('msg_u16')}`, 'utf16le'), []],
  ])('sends %s', async (title, bytes, options) => {
    const name = title.includes('.') ? `usage.jsonl${/\.\w+/.exec(title)![0]}` : 'usage.jsonl';
    const answer = await curl(...options, '-T', file(name, bytes), `${url}/`);
    expect(answer.body).toMatchObject({ name, rows: { read: 1, accepted: 1, rejected: 0 } });
  });

  it('gets the address of a job with wait=false, and its report there', async () => {
    const answer = await curl('-T', file('w.jsonl', claudeFile('msg_w1')), `${url}/?wait=false`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'received', finishedAt: null });
    expect(answer.body.url).toBe(`/api/v1/uploads/${answer.body.id}`);
    let report = answer.body;
    while (report.finishedAt === null) report = (await curl(new URL(answer.body.url, url).href)).body;
    expect(report).toMatchObject({ status: 'done', rows: { accepted: 1 } });
  });

  it('replaces a dataset', async () => {
    await curl('-T', file('r.jsonl', claudeFile('msg_x1', 'msg_x2')), `${url}/?dataset=rep`);
    const path = file('r.jsonl', claudeFile('msg_x2', 'msg_x3', 'msg_x4'));
    const answer = await curl('-T', path, `${url}/?dataset=rep&mode=replace`);
    expect(answer.body).toMatchObject({ mode: 'replace', rows: { accepted: 3 } });
    expect(await count('rep')).toBe(3);
  });

  it.each([
    ['nothing', '', [], '', 400, 'has 0 bytes'],
    ['a line of prose', 'hello\nworld\n', [], '', 422, 'claude-code'],
    ['a table that is nearly known', 'When,Model,Foo\n1,2,3\n', [], '', 422, '"When", "Model" and "Foo"'],
    ['a table as something else', 'When,Model\n1,2\n', [], '?format=claude-code', 422, 'claude-code'],
    ['an unknown format', 'x', [], '?format=nope', 400, 'claude-code'],
    ['an unknown mode', 'x', [], '?mode=merge', 400, 'append or replace'],
    ['an unknown parameter', 'x', [], '?modus=append', 400, 'mode, dataset, format, wait'],
    ['a parameter twice', 'x', [], '?mode=append&mode=append', 400, 'twice'],
    ['an empty dataset', 'x', [], '?dataset=', 400, 'dataset'],
    ['bad gzip', 'x'.repeat(100), ['-H', 'Content-Encoding: gzip'], '', 400, 'not valid gzip'],
    ['an unknown encoding', 'x', ['-H', 'Content-Encoding: lzma'], '', 415, 'gzip, br, zstd'],
    ['a zip archive', 'PK\x03\x04aaaaaaaa', [], '', 415, 'unzip'],
  ] as [string, string, string[], string, number, string][])(
    'is told why %s is refused',
    async (_title, content, options, query, status, detail) => {
      const answer = await curl(...options, '-T', file('bad.csv', content), `${url}/${query}`);
      expect(answer).toMatchObject({ status, type: 'application/problem+json' });
      expect(answer.body.detail).toContain(detail);
      expect(answer.body.status).toBe(status);
      expect(answer.text).not.toContain('.ts:');
      expect(leftOver()).toEqual([]);
    },
  );

  it('is told that -d removes line breaks', async () => {
    const path = file('d.csv', 'When,Model,Tokens\n2026-01-01,a,1\n');
    expect((await curl('-d', `@${path}`, url)).body.detail).toContain('--data-binary');
  });

  it('is told at once that a file is too large, whether its size is known or not', async () => {
    const path = file('large.jsonl', Buffer.alloc(MAX_BYTES + 1, 'x\n'));
    const known = await curl('-T', path, `${url}/`);
    expect(known).toMatchObject({ status: 413, type: 'application/problem+json' });
    expect(known.body.detail).toContain('150 MiB');
    expect(known.headers).toContain('Connection: close');
    const chunked = await curl('-T', path, '-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', `${url}/`);
    expect(chunked.status).toBe(413);
    const bomb = file('bomb.gz', gzipSync(Buffer.alloc(MAX_BYTES + 1, 'x\n')));
    expect((await curl('-T', bomb, `${url}/`)).status).toBe(413);
    expect(leftOver()).toEqual([]);
  });

  it('sees rejections in pages, and as CSV in which no cell is a formula', async () => {
    const text = `When,Model,Tokens\n2026-01-01,m,1\n${Array.from({ length: 30 }, (_, i) => `=${i}+"x",m,1\n`).join('')}`;
    const { body } = await curl('-T', file('many.csv', text), `${url}/`);
    expect(body.rows).toMatchObject({ read: 31, rejected: 30 });
    expect(body.rejections).toHaveLength(20);
    const page = await curl(`${url}/${body.id}/rejections?limit=7&offset=21`);
    expect(page.body).toMatchObject({
      total: 30,
      next: `/api/v1/uploads/${body.id}/rejections?limit=7&offset=28`,
    });
    expect(page.headers).toContain('rel="next"');
    const csv = await curl('-H', 'Accept: text/csv', `${url}/${body.id}/rejections?limit=2`);
    expect(csv.type).toBe('text/csv;');
    expect(csv.text.split('\r\n')).toHaveLength(4);
    expect(csv.text).toContain(`"'=0+""x"""`);
  });

  it('sends a Cursor export, whose later copy corrects the cost and adds what is new', async () => {
    const header =
      'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost';
    const row = (second: number, cost: string): string =>
      `"2026-02-01T10:00:0${second}.000Z","a@example.com","Included","claude-4.5-sonnet","No","10","20","30","40","100","${cost}"\n`;
    const first = file('usage-events.csv', `${header}\n${row(2, 'Included')}${row(1, 'Included')}`);
    const one = await curl('-T', first, `${url}/`);
    expect(one.body).toMatchObject({
      format: 'cursor-csv',
      dataset: 'cursor-csv',
      rows: { read: 2, accepted: 2 },
    });
    const later = `${header}\n${row(3, 'Included')}${row(2, '0.25')}${row(1, 'Included')}yesterday,x\n`;
    const two = await curl('-T', file('usage-events.csv', later), `${url}/`);
    expect(two.body.rows).toEqual({ read: 4, accepted: 1, duplicate: 2, rejected: 1, revised: 1 });
    expect(two.body.rejections).toMatchObject([{ record: 4, line: 5 }]);
    const totals = await store.rows(
      "SELECT count() AS n, sum(total_tokens) AS tokens, sum(cost_usd) AS cost FROM tallyd.usage WHERE source = 'cursor-csv'",
    );
    expect(totals).toEqual([{ n: 3, tokens: 300, cost: 0.25 }]);
  });

  it('sees what was sent, newest first, the failed ones too', async () => {
    const { text } = await curl(`${url}?limit=500`);
    const { total, uploads: all } = JSON.parse(text) as { total: number; uploads: UploadReport[] };
    expect(all).toHaveLength(total);
    expect(all.map((one) => one.startedAt)).toEqual(
      all
        .map((one) => one.startedAt)
        .sort()
        .reverse(),
    );
    expect(all.find((one) => one.status === 'failed')?.error).toBeDefined();
    const second = JSON.parse((await curl(`${url}?limit=1&offset=1`)).text) as { uploads: UploadReport[] };
    expect(second.uploads[0]?.id).toBe(all[1]?.id);
  });

  it('that is killed leaves nothing behind', async () => {
    const path = file('slow.jsonl', Buffer.alloc(20_000_000, 'x\n'));
    const child = spawn('curl', ['-sS', '--limit-rate', '1M', '-T', path, `${url}/`]);
    await until(() => leftOver().length === 1);
    child.kill('SIGKILL');
    await until(() => leftOver().length === 0);
  });
});

describe('a client', () => {
  it('that stops sending is cut off', async () => {
    const socket = connect(server.address.port, '127.0.0.1');
    socket.write('PUT /api/v1/uploads/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc');
    await once(socket.resume(), 'close');
    await until(() => leftOver().length === 0);
  });

  it('may send 140 MB, of which memory never holds more than a little while they are received', async () => {
    const filler = `${JSON.stringify({ type: 'user', text: 'x'.repeat(2000) })}\n`.repeat(500);
    let sent = 0;
    let before = 0;
    let most = 0;
    const measure = (): number => (most = Math.max(most, process.memoryUsage().rss));
    const body = Readable.from(
      (function* () {
        for (let n = 0; sent < 140_000_000; n++) {
          const part = `${claudeLine(`msg_big${n}`)}\n${filler}`;
          sent += part.length;
          // the first 20 MB warm buffers and pools up; growth after them would be the body's
          if (sent < 20_000_000) before = process.memoryUsage().rss;
          else measure();
          yield part;
        }
      })(),
    );
    const request = httpRequest(`${url}/big.jsonl?dataset=big`, { method: 'PUT' });
    body.pipe(request);
    const [response] = (await once(request, 'response')) as [Readable & { statusCode: number }];
    const report = JSON.parse((await response.toArray()).join('')) as UploadReport;
    expect(report).toMatchObject({ status: 'done', bytes: sent, rows: { rejected: 0 } });
    expect(report.rows.accepted).toBeGreaterThan(130);
    expect((most - before) / 1024 ** 2).toBeLessThan(80);
  });
});

/** A zstd frame of one uncompressed block: RFC 8878, 3.1.1. */
function storedZstd(text: string): Buffer {
  const content = Buffer.from(text);
  const block = (content.length << 3) | 1;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...size, block & 255, (block >> 8) & 255, block >> 16];
  return Buffer.concat([Buffer.from(head), content]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
