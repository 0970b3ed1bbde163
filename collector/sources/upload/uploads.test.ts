import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../../tests/support/store.ts';
import { builtInFormats } from '../../formats/index.ts';
import type { Store } from '../../store/store.ts';
import type { Batch } from '../../store/types.ts';
import { silentTelemetry, type Telemetry } from '../../telemetry.ts';
import type { Bytes } from '../text.ts';
import { claudeFile, claudeLine, tinyTable } from './testing.ts';
import { createUploads, type Uploads, type UploadsOptions } from './uploads.ts';

const folder = temporaryFolder('uploads');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

let folders = 0;
const newFolder = (): string => join(folder.path, `uploads-${++folders}`);

function uploadsIn(dir: string, more: Partial<UploadsOptions> = {}): Uploads {
  const formats = [...builtInFormats, tinyTable];
  return createUploads({
    store,
    formats,
    dir,
    telemetry: silentTelemetry,
    log: quiet,
    retryDelaysMs: [],
    ...more,
  });
}

async function* body(...parts: string[]): Bytes {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

const eventsOf = async (dataset: string): Promise<unknown> =>
  store.rows(
    `SELECT model, output_tokens FROM tallyd.usage WHERE dataset = '${dataset}' ORDER BY ts, output_tokens`,
  );

describe('an upload', () => {
  it('that was received before a crash is finished by the next process, and only once', async () => {
    const dir = newFolder();
    // never started: as if the process had died after it acknowledged
    const { id } = await uploadsIn(dir).receive(body(claudeFile('msg_c1', 'msg_c2')), {
      name: 'a.jsonl',
      dataset: 'crash',
    });
    expect(readdirSync(dir).sort()).toEqual([`${id}.body`, `${id}.job.json`]);
    const next = uploadsIn(dir);
    await next.start();
    const outcome = await next.wait(id);
    expect(outcome?.report).toMatchObject({ id, name: 'a.jsonl', status: 'done', rows: { accepted: 2 } });
    expect(readdirSync(dir)).toEqual([]);
    await next.stop();
    const later = uploadsIn(dir);
    await later.start();
    expect(await later.job(id)).toMatchObject({ status: 'done', rows: { accepted: 2, duplicate: 0 } });
    await later.stop();
  });

  it('that was being written when the process died is written again without harm', async () => {
    const dir = newFolder();
    const first = uploadsIn(dir, {
      store: storeThat(async (batch) => {
        await store.write(batch);
        await new Promise(() => undefined); // dies after the rows, before the report
      }),
    });
    await first.start();
    const { id } = await first.receive(body(claudeFile('msg_r1')), { name: 'a.jsonl', dataset: 'again' });
    await waitFor(async () => ((await eventsOf('again')) as unknown[]).length === 1);
    const next = uploadsIn(dir);
    await next.start();
    expect((await next.wait(id))?.report).toMatchObject({
      status: 'done',
      rows: { accepted: 0, duplicate: 1 },
    });
    await next.stop();
  });

  it('that was half received leaves nothing, and a job file nobody can read stays for people', async () => {
    const dir = newFolder();
    await uploadsIn(dir).start();
    writeFileSync(join(dir, 'half.body'), 'x');
    writeFileSync(join(dir, 'odd.job.json'), '{"version":2}');
    writeFileSync(join(dir, 'odd.body'), 'x');
    writeFileSync(join(dir, 'old.frames'), 'x');
    const next = uploadsIn(dir);
    await next.start();
    expect(readdirSync(dir).sort()).toEqual(['odd.body', 'odd.job.json']);
    await next.stop();
  });

  it('that comes later decides what a source revises, also over a restart and a clock set back', async () => {
    const dir = newFolder();
    const send = async (tokens: number, now: number) => {
      const uploads = uploadsIn(dir, { now: () => now });
      await uploads.start();
      const text = `When,Model,Tokens\n2026-01-01,m,${tokens}\n`;
      const { id } = await uploads.receive(body(text), { name: 't.csv', dataset: 'revised' });
      const outcome = await uploads.wait(id);
      await uploads.stop();
      return outcome?.report.rows;
    };
    const now = Date.now();
    expect(await send(5, now)).toMatchObject({ accepted: 1 });
    expect(await send(7, now - 3_600_000)).toMatchObject({ accepted: 0, duplicate: 1, revised: 1 });
    expect(await eventsOf('revised')).toEqual([{ model: 'm', output_tokens: 7 }]);
  });

  it('is told apart from a store that fails: it is kept and tried again, and fails in the end with a sentence', async () => {
    let writes = 0;
    const failures: string[] = [];
    const telemetry: Telemetry = { ...silentTelemetry, batchFailed: (e) => failures.push(e.error.message) };
    const flaky = storeThat((batch) => {
      if (++writes < 3) throw new Error('connect ECONNREFUSED');
      return store.write(batch);
    });
    const uploads = uploadsIn(newFolder(), {
      store: flaky,
      telemetry,
      retryDelaysMs: [1, 1],
      retryMinMs: 1,
      retryMaxMs: 2,
    });
    await uploads.start();
    const first = await uploads.receive(body(claudeFile('msg_f1')), { name: '', dataset: 'flaky' });
    expect((await uploads.wait(first.id))?.report).toMatchObject({ status: 'done', rows: { accepted: 1 } });
    expect(failures).toEqual(['connect ECONNREFUSED', 'connect ECONNREFUSED']);
    writes = -Infinity;
    const second = await uploads.receive(body(claudeFile('msg_f2')), { name: '', dataset: 'flaky' });
    const outcome = await uploads.wait(second.id);
    expect(outcome?.problem).toMatchObject({ status: 503, kind: 'store-away' });
    expect(outcome?.report).toMatchObject({
      status: 'received',
      error: 'not stored yet: connect ECONNREFUSED',
    });
    // the store answers, so it is the upload's own fault
    await waitFor(async () => (await uploads.job(second.id))?.status === 'failed');
    const failed = await uploads.job(second.id);
    expect(failed?.status).toBe('failed');
    expect(failed?.error).toContain('ECONNREFUSED');
    await uploads.stop();
  });

  it('waits for a store that takes nothing, and is stored when it takes again', async () => {
    let isAway = true;
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const away = storeThat((batch) => {
      if (isAway)
        throw Object.assign(new Error('no space left'), {
          name: 'ClickHouseError',
          type: 'NOT_ENOUGH_SPACE',
        });
      return store.write(batch);
    });
    const uploads = uploadsIn(newFolder(), {
      store: away,
      log,
      retryDelaysMs: [1],
      retryMinMs: 1,
      retryMaxMs: 5,
    });
    await uploads.start();
    const sent: { id: string }[] = [];
    for (const n of [1, 2, 3])
      sent.push(await uploads.receive(body(claudeFile(`msg_w${n}`)), { name: '', dataset: 'away' }));
    const outcomes = await Promise.all(sent.map(async ({ id }) => await uploads.wait(id)));
    expect(outcomes.map((outcome) => outcome?.problem?.kind)).toEqual([
      'store-away',
      'store-away',
      'store-away',
    ]);
    isAway = false;
    await waitFor(async () => ((await eventsOf('away')) as unknown[]).length === 3);
    await waitFor(async () => (await uploads.job(sent[2]!.id))?.status === 'done');
    expect(await uploads.job(sent[0]!.id)).not.toHaveProperty('error');
    const said = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(said.filter((msg) => /waits: the store did not take it/.test(msg))).toHaveLength(1);
    expect(said.filter((msg) => msg === 'the store takes uploads again')).toHaveLength(1);
    await uploads.stop();
  });

  it('is refused while those that wait hold as much as they may, and counted when they are stored', async () => {
    const held: number[] = [];
    const telemetry: Telemetry = { ...silentTelemetry, spoolHeld: ({ bytes }) => held.push(bytes) };
    const dir = newFolder();
    const waiting = uploadsIn(dir, { spoolMaxBytes: 700, telemetry });
    const { id, bytes } = await waiting.receive(body(claudeFile('msg_b1', 'msg_b2')), {
      name: '',
      dataset: 'full',
    });
    await expect(
      waiting.receive(body(claudeFile('msg_b3'), claudeFile('msg_b4')), { name: '', dataset: 'full' }),
    ).rejects.toMatchObject({ status: 503, kind: 'spool-full' });
    expect(readdirSync(dir).sort()).toEqual([`${id}.body`, `${id}.job.json`]);
    const next = uploadsIn(dir, { spoolMaxBytes: 700, telemetry });
    await next.start();
    await next.wait(id);
    await next.receive(body(claudeFile('msg_b3', 'msg_b4')), { name: '', dataset: 'full' });
    await waitFor(async () => ((await eventsOf('full')) as unknown[]).length === 4);
    await next.stop();
    expect(held).toContain(bytes);
    expect(held.at(-1)).toBe(0);
  });

  it('that waits when tallyd stops goes on later, and whoever waits is told so', async () => {
    const dir = newFolder();
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let writes = 0;
    const slow = storeThat(async (batch) => (writes++, await held, store.write(batch)));
    const uploads = uploadsIn(dir, { store: slow });
    await uploads.start();
    const first = await uploads.receive(body(claudeFile('msg_s1')), { name: '', dataset: 'stop' });
    const second = await uploads.receive(body(claudeFile('msg_s2')), { name: '', dataset: 'stop' });
    const waiting = uploads.wait(second.id);
    await waitFor(() => Promise.resolve(writes === 1));
    const stopped = uploads.stop();
    release();
    await stopped;
    await expect(waiting).rejects.toMatchObject({ status: 503, kind: 'stopping' });
    expect((await uploads.wait(first.id))?.report.status).toBe('done');
    await expect(uploads.receive(body('x'), { name: '' })).rejects.toMatchObject({ status: 503 });
    const next = uploadsIn(dir);
    await next.start();
    expect((await next.wait(second.id))?.report.status).toBe('done');
    await next.stop();
  });
});

describe('a table', () => {
  const send = async (text: string, dataset: string) => {
    const uploads = uploadsIn(newFolder());
    await uploads.start();
    const { id } = await uploads.receive(body(text), { name: 't.csv', dataset });
    const outcome = await uploads.wait(id);
    const pages = await uploads.rejections(id, { offset: 1, limit: 1 });
    await uploads.stop();
    return { ...outcome!, page: pages! };
  };

  it.each([
    ['text after a closing quote', '2026-01-02,"b"x,7', 'a1'],
    ['a quote that is never closed', '2026-01-02,b,"7', 'a2'],
  ])('with %s loses that record at most', async (title, line, model) => {
    const { report } = await send(
      `When,Model,Tokens\n"2026-01-01","${model}","5"\n${line}\n\nyesterday,c,3\n2026-01-04,${model},9\n`,
      title,
    );
    expect(report.rows.read).toBe(4);
    expect(report.rejections.at(-1)).toEqual({
      ...{ record: 3, line: 5, reason: 'not a date', column: 'When', value: 'yesterday' },
    });
    expect(await eventsOf(title)).toEqual(
      expect.arrayContaining([
        { model, output_tokens: 5 },
        { model, output_tokens: 9 },
      ]),
    );
  });

  it('in which nothing can be read is a problem that brings its report', async () => {
    const { report, problem, page } = await send('When,Model,Tokens\nx,a,5\ny,b,6\nz,c,7\n', 'nothing');
    expect(report).toMatchObject({ status: 'done', rows: { read: 3, rejected: 3 } });
    expect(problem).toMatchObject({ status: 422, kind: 'nothing-readable' });
    expect(problem?.message).toContain(
      "no record of t.csv could be read as tiny-csv: line 2: not a date (When 'x')",
    );
    expect(page).toMatchObject({ total: 3, items: [{ record: 2, line: 3, value: 'y' }] });
  });

  it('with a header alone is no problem', async () => {
    const { report, problem } = await send('When,Model,Tokens\n', 'header');
    expect(report).toMatchObject({ status: 'done', rows: { read: 0 } });
    expect(problem).toBeUndefined();
  });
});

describe('lines', () => {
  it('of a large file are numbered through all its batches', async () => {
    const uploads = uploadsIn(newFolder());
    await uploads.start();
    const filler = `${JSON.stringify({ type: 'user', text: 'x'.repeat(1_000_000) })}\n`;
    async function* large(): Bytes {
      for (let n = 1; n <= 80; n++) {
        yield await Promise.resolve(Buffer.from(`${claudeLine(`msg_l${n}`)}\n`));
        yield Buffer.from(n % 40 === 0 ? '{"usage\n' : filler);
      }
    }
    const { id } = await uploads.receive(large(), { name: 'big.jsonl', dataset: 'large' });
    const { report } = (await uploads.wait(id))!;
    expect(report.rows).toEqual({ read: 82, accepted: 80, duplicate: 0, rejected: 2, revised: 0 });
    expect(report.rejections.map((one) => one.line)).toEqual([80, 160]);
    await uploads.stop();
  });
});

/** The real store, but for writing. */
function storeThat(write: (batch: Batch) => unknown): Store {
  return {
    rows: store.rows.bind(store),
    command: store.command.bind(store),
    readsFiles: true,
    write: (batch: Batch) => Promise.resolve(batch).then(write),
  } as unknown as Store;
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
