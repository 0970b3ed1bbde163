import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventLoopWatch } from './event-loop.ts';

let watch: EventLoopWatch;
beforeEach(() => {
  watch = new EventLoopWatch();
  watch.start();
});
afterEach(() => {
  vi.restoreAllMocks();
  watch.stop();
});

/** Waits until the watch has measured something. */
const measured = () => vi.waitUntil(() => watch.sample().max > 0, { timeout: 10_000, interval: 1 });

it('takes the interval of its own timer for no delay', async () => {
  await measured();
  expect(watch.sample().p50).toBeLessThan(0.015);
});

it('sees a stall, and the time in which the loop was busy', async () => {
  await measured();
  const end = performance.now() + 300;
  while (performance.now() < end);
  await vi.waitUntil(() => watch.sample().max > 0.2, { timeout: 10_000, interval: 1 });
  expect(watch.sample().utilization).toBeGreaterThan(0.3);
});

it('gives every reader the same window', async () => {
  await measured();
  const later = performance.now() + 11_000;
  vi.spyOn(performance, 'now').mockReturnValue(later);
  const first = watch.sample();
  expect(watch.sample()).toBe(first);
  expect(first.max).toBeGreaterThan(0);
});
