import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../../tests/support/store.ts';
import { type ZipFile, zipOf } from '../../../tests/support/zip.ts';
import { builtInFormats } from '../../formats/index.ts';
import type { Store } from '../../store/store.ts';
import { silentTelemetry } from '../../telemetry.ts';
import { type ArchiveResult, archiveResult } from './archive-result.ts';
import type { ReceivedArchive } from './archive.ts';
import type { Bytes } from '../text.ts';
import { claudeFile, tinyTable } from './testing.ts';
import type { UploadReport, UploadRequest } from './types.ts';
import { createUploads, type Uploads } from './uploads.ts';
import { MOST_FILES } from './zip.ts';

const MAX_BYTES = 200_000;
const folder = temporaryFolder('archives');
let store: Store;
let uploads: Uploads;
let folders = 0;
const newFolder = (): string => join(folder.path, `uploads-${++folders}`);
const dir = newFolder();

function uploadsIn(path: string): Uploads {
  const formats = [...builtInFormats, tinyTable];
  return createUploads({
    ...{ store, formats, dir: path, telemetry: silentTelemetry, log: quiet },
    ...{ retryDelaysMs: [], maxBytes: MAX_BYTES },
  });
}

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  uploads = uploadsIn(dir);
  await uploads.start();
});
afterAll(async () => {
  await uploads.stop();
  await store.close();
  folder.remove();
});

const tiny = (...models: string[]): string =>
  `When,Model,Tokens\n${models.map((model) => `2026-01-01,${model},5\n`).join('')}`;
const csv = (name: string, ...models: string[]): ZipFile => ({ name, content: tiny(...models) });

async function* body(bytes: Buffer): Bytes {
  yield await Promise.resolve(bytes.subarray(0, 5));
  yield bytes.subarray(5);
}

async function receive(
  bytes: Buffer,
  request: Partial<UploadRequest> = {},
  to = uploads,
): Promise<ReceivedArchive> {
  const received = await to.receiveAny(body(bytes), { name: 'export.zip', ...request });
  if (!('archive' in received)) throw new Error('the body was not taken for an archive');
  return received;
}

const send = async (
  files: readonly ZipFile[],
  request: Partial<UploadRequest> = {},
): Promise<ArchiveResult> => archiveResult(await receive(zipOf(files), request), true);

const names = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name);
const rows = (all: readonly UploadReport[]): number[] => all.map((report) => report.rows.accepted);

const modelsOf = async (dataset: string): Promise<string[]> => {
  const found = await store.rows<{ model: string }>(
    `SELECT model FROM tallyd.usage WHERE dataset = '${dataset}' ORDER BY model`,
  );
  return found.map(({ model }) => model);
};

describe('an archive', () => {
  it('becomes an upload for every file, deflated or stored, in its order', async () => {
    const result = await send(
      [
        csv('b.csv', 'b1', 'b2'),
        { ...csv('a.csv', 'a1'), stored: true },
        { name: 'c.jsonl', content: claudeFile('z1') },
      ],
      { dataset: 'order' },
    );
    expect(result.problem).toBeUndefined();
    expect(result).toMatchObject({ archive: 'export.zip', refused: [] });
    expect(names(result.uploads)).toEqual(['export.zip/b.csv', 'export.zip/a.csv', 'export.zip/c.jsonl']);
    expect(result.uploads.map(({ format }) => format)).toEqual(['tiny-csv', 'tiny-csv', 'claude-code']);
    expect(rows(result.uploads)).toEqual([2, 1, 1]);
    expect(new Set(result.uploads.map(({ id }) => id)).size).toBe(3);
    expect(await modelsOf('order')).toEqual(['a1', 'b1', 'b2', 'claude-sonnet-4-5']);
    expect(readdirSync(dir)).toEqual([]);
    const again = await send([csv('b.csv', 'b1', 'b2')], { dataset: 'order' });
    expect(again.uploads[0]!.rows).toMatchObject({ accepted: 0, duplicate: 2 });
    expect(await uploads.job(result.uploads[1]!.id)).toMatchObject({
      name: 'export.zip/a.csv',
      status: 'done',
    });
  });

  it('gives each file the dataset of its format, unless one is named', async () => {
    const result = await send([csv('a.csv', 'a'), { name: 'c.jsonl', content: claudeFile('d1') }]);
    expect(result.uploads.map(({ dataset }) => dataset)).toEqual(['tiny-csv', 'claude-code']);
  });

  it('with 64-bit sizes is read as well', async () => {
    const received = await receive(zipOf([csv('a.csv', 'l1'), csv('b.csv', 'l2')], true), {
      dataset: 'zip64',
    });
    expect(rows((await archiveResult(received, true)).uploads)).toEqual([1, 1]);
  });

  it('has its files read as uploads are: UTF-16, a byte order mark, gzip, odd quotes', async () => {
    const result = await send(
      [
        { name: 'wide.csv', content: Buffer.from(`\ufeff${tiny('wide')}`, 'utf16le') },
        { name: 'marked.csv', content: `\ufeff${tiny('marked')}` },
        { name: 'packed.csv.gz', content: gzipSync(tiny('packed')) },
        { name: 'quotes.csv', content: `${tiny('quoted')}2026-01-02,b,"7\n2026-01-03,after,8\n` },
      ],
      { dataset: 'texts' },
    );
    expect(result.problem).toBeUndefined();
    expect(await modelsOf('texts')).toEqual(
      expect.arrayContaining(['after', 'marked', 'packed', 'quoted', 'wide']),
    );
  });

  it('leaves out folders, hidden files and what macOS adds', async () => {
    const result = await send([
      { name: 'data/', content: '', stored: true },
      csv('data/a.csv', 'a'),
      { name: '__MACOSX/data/._a.csv', content: 'x' },
      { name: 'data/.DS_Store', content: 'x' },
    ]);
    expect(result).toMatchObject({ refused: [], uploads: [{ name: 'export.zip/a.csv' }] });
    expect(result.uploads).toHaveLength(1);
  });

  it('cannot name a file outside of itself, and tells files of one name apart', async () => {
    const result = await send([
      csv('../../../etc/cron.csv', 'a'),
      csv('C:\\Users\\me\\b\n.csv', 'b'),
      csv('../x/same.csv', 'c'),
      csv('y/same.csv', 'd'),
    ]);
    expect(names(result.uploads)).toEqual([
      ...['export.zip/cron.csv', 'export.zip/b.csv', 'export.zip/x/same.csv', 'export.zip/y/same.csv'],
    ]);
    const twice = await send([csv('s.csv', 't1'), csv('s.csv', 't2')], { dataset: 'twice' });
    expect(names(twice.uploads)).toEqual(['export.zip/s.csv', 'export.zip/s.csv']);
    expect(await modelsOf('twice')).toEqual(['t1', 't2']);
  });

  it('is read as an archive inside a form, too', async () => {
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="form.zip"\r\n\r\n';
    const tail = '\r\n--x\r\nContent-Disposition: form-data; name="dataset"\r\n\r\nform\r\n--x--\r\n';
    const bytes = Buffer.concat([Buffer.from(head), zipOf([csv('a.csv', 'a')]), Buffer.from(tail)]);
    const received = await receive(bytes, { name: '', contentType: 'multipart/form-data; boundary=x' });
    expect(await archiveResult(received, true)).toMatchObject({
      ...{ archive: 'form.zip', uploads: [{ name: 'form.zip/a.csv', dataset: 'form' }] },
    });
  });
});

describe('a file of an archive', () => {
  const damaged: [string, Partial<ZipFile>, string][] = [
    ['an unknown format', { content: 'a,b\n1,2\n' }, '"bad.csv" is in no format that tallyd knows'],
    ['nothing in it', { content: '' }, '"bad.csv" is empty'],
    ['encryption', { encrypted: true }, '"bad.csv" is encrypted'],
    [
      'an archive in it',
      { content: zipOf([csv('a.csv', 'a')]) },
      '"bad.csv" is a ZIP archive or a spreadsheet',
    ],
    ['an archive in gzip in it', { content: gzipSync(zipOf([csv('a.csv', 'a')])) }, 'ZIP archive'],
    ['bzip2 in it', { content: 'BZh91AY&SY' }, 'packed with bzip2'],
    ['a method of few programs', { method: 14 }, '"bad.csv" is packed with LZMA'],
    ['a wrong checksum', { wrongChecksum: true }, '"bad.csv" cannot be read (its checksum is wrong)'],
    [
      'bytes that are not deflated',
      { stored: true, content: 'When,Model', method: 8 },
      '"bad.csv" cannot be read',
    ],
  ];
  it.each(damaged)('with %s is refused, and stops no other', async (_title, file, sentence) => {
    const result = await send([csv('a.csv', 'a'), { ...csv('in/bad.csv', 'b'), ...file }, csv('c.csv', 'c')]);
    expect(names(result.uploads)).toEqual(['export.zip/a.csv', 'export.zip/c.csv']);
    expect(result.uploads.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(names(result.refused)).toEqual(['export.zip/bad.csv']);
    expect(result.refused[0]!.detail).toContain(sentence);
    expect(result.problem).toMatchObject({ status: 422, kind: 'archive-incomplete' });
    expect(result.problem!.message).toMatch(/^Of export\.zip, 2 of 3 files were stored\. .*bad\.csv/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('in which no record can be read is a problem of the whole, which brings its report', async () => {
    const result = await send([csv('a.csv', 'a'), { name: 'b.csv', content: 'When,Model,Tokens\nno,m,1\n' }]);
    expect(result.uploads[1]).toMatchObject({ status: 'done', rows: { read: 1, rejected: 1 } });
    expect(result.problem).toMatchObject({ status: 422, kind: 'archive-incomplete' });
    expect(result.problem!.message).toContain('1 of 2 files was stored. no record of export.zip/b.csv');
  });
});

/** Files of the folder that the process holds open, also removed ones. */
function heldOpen(): string[] {
  const handles = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd));
    } catch {
      return ''; // closed meanwhile, as the one that lists them
    }
  });
  return handles.filter((path) => path.startsWith(dir));
}

const hasProc = existsSync('/proc/self/fd');

it.skipIf(!hasProc)(`no file of an archive stays open${hasProc ? '' : ' (skipped: no /proc)'}`, async () => {
  const inner = { name: 'inner.zip', content: zipOf([csv('a.csv', 'a'.repeat(90_000))]), stored: true };
  await send([
    inner,
    { name: 'x.bz2', content: `BZh${'9'.repeat(90_000)}`, stored: true },
    csv('a.csv', 'a'),
  ]);
  const bomb = zipOf([{ name: 'b.csv', content: Buffer.alloc(MAX_BYTES * 50) }]);
  await expect(receive(bomb)).rejects.toMatchObject({ kind: 'too-large' });
  await expect.poll(heldOpen).toEqual([]);
});

describe('nothing is kept of an archive', () => {
  it('in which no file is known; all sentences are told, and the list shows the files', async () => {
    const result = await send([
      { name: 'a.txt', content: 'hello\n' },
      { name: 'b.csv', content: 'a,b\n1,2\n' },
      { ...csv('c.csv', 'c'), encrypted: true },
    ]);
    expect(result.uploads).toEqual([]);
    expect(result.problem).toMatchObject({ status: 422, kind: 'unknown-format' });
    for (const said of [
      'Nothing of export.zip was stored.',
      '"a.txt" is',
      '"b.csv" is',
      '"c.csv" is encrypted',
    ])
      expect(result.problem!.message).toContain(said);
    const { items } = await uploads.list({ offset: 0, limit: 2 });
    expect(items).toMatchObject([
      { name: 'export.zip/b.csv', status: 'failed' },
      { name: 'export.zip/a.txt', status: 'failed' },
    ]);
    const encrypted = await send([{ ...csv('c.csv', 'c'), encrypted: true }]);
    expect(encrypted.problem).toMatchObject({ status: 415, kind: 'unsupported-file' });
  });

  const zeros = Buffer.alloc(MAX_BYTES * 50);
  const good = csv('a.csv', 'a');
  it.each([
    ['with one bomb', zipOf([good, { name: 'b.csv', content: zeros }]), 413, '195.3 KiB when unpacked'],
    ['whose files are too large together', zipOf(halves()), 413, 'files in export.zip are more than'],
    ['with a bomb in gzip', zipOf([{ name: 'b.gz', content: gzipSync(zeros) }]), 413, 'when unpacked'],
    ['without files', zipOf([{ name: 'a/', content: '', stored: true }]), 415, 'export.zip holds no files'],
    ['that is empty', zipOf([]), 415, 'holds no files'],
    ['that is cut off', zipOf([good]).subarray(0, 60), 415, '`unzip -t`'],
    [
      'that is a spreadsheet',
      zipOf([{ name: '[Content_Types].xml', content: '<x/>' }]),
      415,
      'Save the sheet as CSV',
    ],
    ['of too many files', zipOf(many()), 415, 'more than 1,000 files'],
    ['that is packed once more', gzipSync(zipOf([good])), 415, 'ZIP archive'],
  ] as [string, Buffer, number, string][])('%s', async (_title, bytes, status, sentence) => {
    const refused = receive(bytes);
    await expect(refused).rejects.toMatchObject({ name: 'UploadProblem', status });
    await expect(refused).rejects.toThrow(sentence);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('in which two files would replace the same dataset', async () => {
    const files = [csv('a.csv', 'a'), { name: 'c.jsonl', content: claudeFile('r1') }];
    const refused = receive(zipOf(files), { mode: 'replace', dataset: 'team' });
    await expect(refused).rejects.toMatchObject({ status: 400, kind: 'bad-parameter' });
    await expect(refused).rejects.toThrow(
      'export.zip/a.csv and export.zip/c.jsonl would both take the place',
    );
    await expect(receive(zipOf([csv('a.csv', 'a'), csv('b.csv', 'b')]), { mode: 'replace' })).rejects.toThrow(
      'the dataset "tiny-csv" holds',
    );
    expect(readdirSync(dir)).toEqual([]);
    expect(await modelsOf('team')).toEqual([]);
    const apart = await send(files, { mode: 'replace' });
    expect(apart.problem).toBeUndefined();
    expect(apart.uploads.map(({ mode, dataset }) => [mode, dataset])).toEqual([
      ['replace', 'tiny-csv'],
      ['replace', 'claude-code'],
    ]);
  });
});

describe('after a crash', () => {
  it('each saved upload of an archive goes on, and nothing else is left', async () => {
    const path = newFolder();
    // never started: as if the process had died after it acknowledged
    const files = [csv('a.csv', 'k1'), csv('b.csv', 'k2')];
    const { uploads: received } = await receive(zipOf(files), { dataset: 'crash' }, uploadsIn(path));
    const [first, second] = received.map(({ report }) => report.id);
    expect(readdirSync(path)).toHaveLength(4);
    // died before the second job was saved, with a third file and the archive half unpacked
    renameSync(join(path, `${second}.job.json`), join(path, `${second}.job.json.tmp`));
    writeFileSync(join(path, 'half.body'), 'When');
    const next = uploadsIn(path);
    await next.start();
    expect((await next.wait(first!))?.report).toMatchObject({ name: 'export.zip/a.csv', status: 'done' });
    expect(next.wait(second!)).toBeUndefined();
    expect(readdirSync(path)).toEqual([]);
    await next.stop();
    expect(await modelsOf('crash')).toEqual(['k1']);
  });

  it('whoever waits while tallyd stops is told so, and the uploads go on later', async () => {
    const path = newFolder();
    const stopped = uploadsIn(path);
    const received = await receive(
      zipOf([csv('a.csv', 'w1'), csv('b.csv', 'w2')]),
      { dataset: 'later' },
      stopped,
    );
    await stopped.stop();
    const result = await archiveResult(received, true);
    expect(result.problem).toMatchObject({ status: 503, kind: 'stopping' });
    expect(result.uploads.map(({ status }) => status)).toEqual(['received', 'received']);
    const next = uploadsIn(path);
    await next.start();
    for (const { id } of result.uploads) await next.wait(id);
    await next.stop();
    expect(await modelsOf('later')).toEqual(['w1', 'w2']);
  });
});

const packer = ['zip', 'python3'].find((tool) => spawnSync(tool, ['--help']).error === undefined);

describe.skipIf(!packer)(
  packer ? `an archive by ${packer}` : 'an archive (skipped: no zip or python3)',
  () => {
    it('is read', async () => {
      writeFileSync(join(folder.path, 'real.csv'), tiny('real'));
      const args =
        packer === 'zip' ? ['-q', 'real.zip', 'real.csv'] : ['-m', 'zipfile', '-c', 'real.zip', 'real.csv'];
      expect(spawnSync(packer!, args, { cwd: folder.path }).status).toBe(0);
      const bytes = readFileSync(join(folder.path, 'real.zip'));
      const result = await archiveResult(await receive(bytes, { dataset: 'real' }), true);
      expect(result).toMatchObject({ refused: [], uploads: [{ rows: { accepted: 1 } }] });
    });
  },
);

function halves(): ZipFile[] {
  const content = tiny(...Array.from({ length: 6000 }, (_, i) => `m${i}`));
  return ['a.csv', 'b.csv'].map((name) => ({ name, content }));
}

function many(): ZipFile[] {
  return Array.from({ length: MOST_FILES + 1 }, (_, i) => ({ name: `${i}.csv`, content: 'x', stored: true }));
}
