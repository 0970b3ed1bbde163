import { describe, expect, it } from 'vitest';
import { ArrivalClock, newUploadId } from './arrival.ts';

describe('the clock of arrivals', () => {
  it('goes on when the clock of the system stands still or goes back', () => {
    let now = 1000;
    const clock = new ArrivalClock(() => now);
    expect([clock.next(), clock.next()]).toEqual([1000, 1001]);
    now = 500;
    expect(clock.next()).toBe(1002);
    clock.passed(2000);
    expect(clock.next()).toBe(2001);
    now = 5000;
    expect(clock.next()).toBe(5000);
  });
});

describe('an id', () => {
  it('is a UUID of version 7 that sorts by its time', () => {
    const ids = [1, 2, 1_795_235_110_914, 1_795_235_110_915].map(newUploadId);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(newUploadId(1)).not.toBe(newUploadId(1));
  });
});
