import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pool } from './pool.ts';

describe('a pool', () => {
  it('gives each thing to one caller at a time, in the order of asking', async () => {
    const pool = new Pool(['a', 'b']);
    const busy = new Set<string>();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        pool.use(async (item) => {
          expect(busy.has(item)).toBe(false);
          busy.add(item);
          order.push(i);
          await delay(2);
          busy.delete(item);
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes a thing back from work that failed', async () => {
    const pool = new Pool(['a']);
    await expect(pool.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pool.use((item) => Promise.resolve(item))).toBe('a');
  });
});
