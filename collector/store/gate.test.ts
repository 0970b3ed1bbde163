import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

describe('the gate', () => {
  it('lets readers through side by side', async () => {
    const gate = new Gate();
    let most = 0;
    let now = 0;
    const read = () =>
      gate.read(async () => {
        most = Math.max(most, ++now);
        await delay(5);
        now--;
      });
    await Promise.all([read(), read(), read()]);
    expect(most).toBe(3);
  });

  it('runs a change when those who read are done, and holds back those who come', async () => {
    const gate = new Gate();
    const events: string[] = [];
    const reading = gate.read(async () => {
      await delay(10);
      events.push('first read');
    });
    const changing = gate.change(async () => {
      events.push('change begins');
      await delay(10);
      events.push('change ends');
    });
    const later = gate.read(() => Promise.resolve(events.push('second read')));
    await Promise.all([reading, changing, later]);
    expect(events).toEqual(['first read', 'change begins', 'change ends', 'second read']);
  });

  it('opens again after work that failed', async () => {
    const gate = new Gate();
    await expect(gate.change(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(gate.read(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.change(() => (gate.read === undefined ? Promise.resolve(0) : Promise.resolve(1)))).toBe(
      1,
    );
  });

  it('never overlaps changes with each other or with reads, whatever the order', async () => {
    const gate = new Gate();
    let readers = 0;
    let changes = 0;
    const faults: string[] = [];
    const tasks = Array.from({ length: 300 }, async (_, i) => {
      await delay((i * 7) % 13);
      if (i % 5 === 0) {
        await gate.change(async () => {
          changes++;
          if (changes !== 1 || readers !== 0)
            faults.push(`change with ${changes} changes, ${readers} readers`);
          await delay(1);
          if (readers !== 0) faults.push('a reader came in');
          changes--;
        });
      } else {
        await gate.read(async () => {
          readers++;
          if (changes !== 0) faults.push('read during a change');
          await delay(i % 3);
          readers--;
        });
      }
    });
    await Promise.all(tasks);
    expect(faults).toEqual([]);
  });
});
