/** ZIP archives end to end: curl and `tallyd push` against the program as people run it. */
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../collector/package-root.ts';
import { claudeFile } from '../collector/sources/upload/testing.ts';
import { environment, Program, run } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';
import { type ZipFile, zipOf } from './support/zip.ts';

const missing = spawnSync('curl', ['--version']).error !== undefined;
const folders: ReturnType<typeof temporaryFolder>[] = [];
const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

function newHome(): string {
  const folder = temporaryFolder('archive');
  folders.push(folder);
  return folder.path;
}

async function started(home: string): Promise<Program> {
  const program = await Program.start(environment(home, { TALLYD_TAIL: 'none' }));
  running.push(program);
  return program;
}

function fixture(format: string, name: string): ZipFile {
  return { name, content: readFileSync(join(packageRoot, 'collector/formats', format, 'fixtures', name)) };
}

/** As DeepSeek's platform gives it. */
const deepseek = [
  fixture('deepseek', 'amount-2026-08-13_2026-08-14.csv'),
  fixture('deepseek-cost', 'cost-2026-08-13_2026-08-14.csv'),
];
const notes: ZipFile = { name: 'notes.txt', content: 'nothing to count\n' };

function archive(home: string, name: string, files: readonly ZipFile[]): string {
  const path = join(home, name);
  writeFileSync(path, zipOf(files));
  return path;
}

interface Answer {
  archive: string;
  detail?: string;
  type?: string;
  uploads: { name: string; format: string; dataset: string; status: string; url: string; summary: string }[];
  refused: { name: string; detail: string }[];
}

async function curl(...args: string[]): Promise<{ status: number; type: string; body: Answer }> {
  const marks = '\n%{http_code} %{content_type}';
  const { stdout } = await promisify(execFile)('curl', ['-sS', '--max-time', '60', '-w', marks, ...args]);
  const end = stdout.lastIndexOf('\n');
  const [status, type = ''] = stdout.slice(end + 1).split(' ');
  return { status: Number(status), type, body: JSON.parse(stdout.slice(0, end)) as Answer };
}

describe.skipIf(missing)(missing ? 'curl (skipped: it is not installed)' : 'curl -T of an archive', () => {
  it("of DeepSeek's is answered by a report of its usage and one of its bill", async () => {
    const home = newHome();
    const url = `${(await started(home)).url('http')}/api/v1/uploads/`;
    const path = archive(home, 'usage_data.zip', deepseek);
    const { status, body } = await curl('-T', path, url);
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(['archive', 'uploads', 'refused']);
    expect(body).toMatchObject({
      archive: 'usage_data.zip',
      uploads: [
        { name: 'usage_data.zip/amount-2026-08-13_2026-08-14.csv', format: 'deepseek', dataset: 'deepseek' },
        { name: 'usage_data.zip/cost-2026-08-13_2026-08-14.csv', format: 'deepseek-cost', status: 'done' },
      ],
      refused: [],
    });
    const one = await curl(new URL(body.uploads[1]!.url, url).href);
    expect(one).toMatchObject({ status: 200, body: { name: body.uploads[1]!.name } });
    const form = await curl(
      '-F',
      `file=@${path}`,
      '-F',
      'dataset=again',
      '-F',
      'mode=replace',
      url.slice(0, -1),
    );
    expect(form).toMatchObject({
      status: 201,
      body: { uploads: [{ dataset: 'again' }, { dataset: 'again' }] },
    });
    const later = await curl('-T', path, `${url}?wait=false`);
    expect(later.status).toBe(202);
    expect(later.body.uploads.map((report) => report.url)).toEqual([
      expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/),
      expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/),
    ]);
  });

  it('with an unknown file among known ones is a problem that says what was stored', async () => {
    const home = newHome();
    const url = `${(await started(home)).url('http')}/api/v1/uploads/`;
    const { status, type, body } = await curl('-T', archive(home, 'mixed.zip', [...deepseek, notes]), url);
    expect({ status, type }).toEqual({ status: 422, type: 'application/problem+json' });
    expect(body.type).toBe('urn:tallyd:problem:archive-incomplete');
    expect(body.detail).toMatch(/^Of mixed\.zip, 2 of 3 files were stored\. "notes\.txt" is/);
    expect(body.uploads.map((report) => report.status)).toEqual(['done', 'done']);
    expect(body.refused).toEqual([
      { name: 'mixed.zip/notes.txt', detail: expect.stringContaining('"notes.txt"') as string },
    ]);
    const nothing = await curl('-T', archive(home, 'none.zip', [notes]), url);
    expect(nothing).toMatchObject({
      status: 422,
      body: {
        type: 'urn:tallyd:problem:unknown-format',
        uploads: [],
        refused: [{ name: 'none.zip/notes.txt' }],
      },
    });
    expect(readdirSync(join(home, 'data/uploads'))).toEqual([]);
  });
});

describe('tallyd push of an archive', () => {
  it('prints a line for every file, with and without a running collector', async () => {
    const home = newHome();
    const lines = [{ name: 'a.jsonl', content: claudeFile('push1', 'push2') }];
    const path = archive(home, 'mixed.zip', [...deepseek, ...lines, notes]);
    const expected = (rows: string): string[] => [
      ...[expect.stringContaining('mixed.zip/amount-2026-08-13_2026-08-14.csv: ') as string],
      ...[expect.stringContaining('mixed.zip/cost-2026-08-13_2026-08-14.csv: ') as string],
      ...[expect.stringContaining(`mixed.zip/a.jsonl: 2 records read as claude-code: ${rows}`) as string],
    ];
    const alone = await run(environment(home), 'push', path);
    expect(alone.stdout.trim().split('\n')).toEqual(expected('2 new'));
    expect(alone.stderr).toMatch(/^mixed\.zip\/notes\.txt: "notes\.txt" is in no format/);
    expect(alone.code).toBe(1);
    await started(home);
    const running = await run(environment(home), 'push', path);
    expect(running.stdout.trim().split('\n')).toEqual(expected('0 new, 2 already known'));
    expect(running).toMatchObject({ code: 1, stderr: alone.stderr });
    const whole = await run(environment(home), 'push', archive(home, 'whole.zip', deepseek));
    expect(whole).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('tallyd push of a file', () => {
  it('unpacks brotli, and says the same of an unreadable file with a collector and without', async () => {
    const home = newHome();
    const { content } = deepseek[0]!;
    const packed = join(home, 'amount.csv.br');
    writeFileSync(packed, brotliCompressSync(content));
    const [header, row] = content.toString().split('\n');
    const broken = join(home, 'broken.csv');
    writeFileSync(broken, `${header}\n${row!.replace(/,[^,]*$/, ',many')}\n`);
    const push = (file: string) => run(environment(home), 'push', file);

    expect(await push(packed)).toMatchObject({ code: 0, stderr: '' });
    const alone = await push(broken);
    await started(home);
    expect((await push(packed)).stdout).toMatch(/0 new/);
    const served = await push(broken);
    for (const { code, stderr } of [alone, served]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/line 2: not a whole number/);
    }
  });
});
