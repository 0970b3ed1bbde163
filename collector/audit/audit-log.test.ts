import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type AuditEntry, AuditLog, localUser } from './audit-log.ts';
import { noteOverrides } from './prices.ts';

const folder = temporaryFolder('audit');
afterAll(() => folder.remove());
let places = 0;
const newLog = () => new AuditLog(join(folder.path, String(places++)));
const entry = (number: number): Omit<AuditEntry, 'at'> => ({
  ...{ act: 'token.create', who: localUser(), from: 'local', result: 'done', what: { number } },
});
const numbers = (items: AuditEntry[]) => items.map(({ what }) => what['number']);

describe('the audit log', () => {
  it('is for its owner only, and gives back what was written, newest first and page by page', async () => {
    const log = newLog();
    expect(await log.read({ offset: 0, limit: 10 })).toEqual({ items: [], total: 0 });
    for (let i = 0; i < 5; i++) await log.append(entry(i));
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
    const all = await log.read({ offset: 0, limit: 10 });
    expect({ total: all.total, numbers: numbers(all.items) }).toEqual({ total: 5, numbers: [4, 3, 2, 1, 0] });
    expect(numbers((await log.read({ offset: 1, limit: 2 })).items)).toEqual([3, 2]);
    expect(numbers((await log.read({ offset: 4, limit: 2 })).items)).toEqual([0]);
    expect(numbers((await log.read({ offset: 9, limit: 2 })).items)).toEqual([]);
    expect(all.items[0]).toMatchObject({ act: 'token.create', who: { kind: 'local' }, from: 'local' });
  });

  it('loses nothing when many write it at once, and goes on behind a line that a crash cut off', async () => {
    const log = newLog();
    await log.append(entry(0));
    appendFileSync(log.path, '{"at":"2026-');
    const writers = Array.from({ length: 8 }, () => new AuditLog(join(log.path, '..')));
    await log.append(entry(1));
    await Promise.all(writers.flatMap((one, i) => [one.append(entry(10 + i)), one.append(entry(20 + i))]));
    const { total, items } = await log.read({ offset: 0, limit: 100 });
    expect(total).toBe(18);
    expect(new Set(numbers(items)).size).toBe(18);
    expect(readFileSync(log.path, 'utf8').split('\n')).toHaveLength(20);
  });

  it('tells that price overrides were changed since they were last noted, once', async () => {
    const log = newLog();
    const noted = async () =>
      (await log.read({ offset: 0, limit: 10 })).items.map(({ what }) => what['overrides']);
    await noteOverrides(log, [], undefined);
    expect(await noted()).toEqual([]);
    await noteOverrides(log, [{ model: 'm', input: 1 }], '/etc/tallyd.yaml');
    await noteOverrides(log, [{ model: 'm', input: 1 }], '/etc/tallyd.yaml');
    expect(await noted()).toEqual([1]);
    await noteOverrides(log, [{ model: 'm', input: 2 }], '/etc/tallyd.yaml');
    await noteOverrides(log, [], undefined);
    expect(await noted()).toEqual([0, 1, 1]);
  });
});
