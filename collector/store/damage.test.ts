import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { claudeCode } from '../formats/claude-code/recognise.ts';
import { claudeLine } from '../sources/upload/testing.ts';
import { damagedParts, setAside } from './damage.ts';
import type { Store } from './store.ts';

const folder = temporaryFolder('damage');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

async function put(month: string): Promise<void> {
  const path = join(folder.path, `${month}.jsonl`);
  const line = (_: unknown, i: number) =>
    `${claudeLine(`msg_${month}_${i}`, i, `2026-${month}-02T12:00:00.000Z`)}\n`;
  writeFileSync(path, Array.from({ length: 3000 }, line).join(''));
  const input = { kind: 'files' as const, files: [{ path, size: statSync(path).size }] };
  const at = { dataset: 'd', uploadId: '', arrivedAt: 1, mode: 'append' as const, live: false };
  await store.write({ ...at, format: claudeCode, input });
}

const events = async (more = ''): Promise<number> =>
  (await store.rows<{ n: number }>(`SELECT toUInt32(uniqExact(event_id)) AS n FROM tallyd.usage ${more}`))[0]!
    .n;

describe('a damaged part', () => {
  it('is named, leaves the other months readable, and can be set aside and read again', async () => {
    await put('01');
    await put('02');
    expect(await damagedParts(store)).toEqual([]);
    const [part] = await store.rows<{ name: string; path: string }>(
      "SELECT name, path FROM system.parts WHERE database = 'tallyd' AND table = 'usage_events' AND active AND startsWith(name, '202601')",
    );
    await store.close();
    const data = join(part!.path, 'data.bin');
    const file = openSync(data, 'r+');
    writeSync(file, Buffer.alloc(64, 0x5a), 0, 64, Math.floor(statSync(data).size / 2));
    closeSync(file);
    store = await openTestStore(join(folder.path, 'store'));
    const damaged = await damagedParts(store);
    expect(damaged).toMatchObject([{ table: 'usage_events', part: part!.name }]);
    expect(damaged[0]!.message).toContain('CHECKSUM_DOESNT_MATCH');
    await expect(events()).rejects.toMatchObject({ type: 'CHECKSUM_DOESNT_MATCH' });
    expect(await events("WHERE ts >= '2026-02-01 00:00:00'")).toBe(3000);
    await setAside(store, damaged);
    expect(await events()).toBe(3000);
    await put('01');
    expect(await events()).toBe(6000);
    const [sums] = await store.rows('SELECT toUInt32(sum(events)) AS n FROM tallyd.usage_hourly');
    expect(sums).toEqual({ n: 6000 });
    expect(await damagedParts(store)).toEqual([]);
  });
});
