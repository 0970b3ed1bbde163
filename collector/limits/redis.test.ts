/** Two collectors and a real Redis. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../tests/support/port.ts';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type Counters, redisCounters } from './counters.ts';
import { RateLimits } from './rate-limits.ts';
import { limitsSchema } from './schema.ts';

const missing = spawnSync('redis-server', ['--version']).error !== undefined;
const folder = temporaryFolder('redis');
const ada = { key: 'tok_1', name: 'the token ada' };
const limits = limitsSchema.parse({ tiers: { standard: { requests: 4, bytes: 1000, per: '1h' } } });
const log: string[] = [];
const logger = { info: (message: string) => log.push(message), warn: (message: string) => log.push(message) };

let port = 0;
let redis: ChildProcess;
const opened: Counters[] = [];

async function startRedis(): Promise<void> {
  redis = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    folder.path,
  ]);
  let said = '';
  redis.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => {
    if (redis.exitCode !== null) throw new Error(`redis-server ended: ${said}`);
    return Promise.resolve(said.includes('Ready to accept connections'));
  });
}

async function endRedis(): Promise<void> {
  if (redis.exitCode !== null) return;
  redis.kill('SIGKILL');
  await once(redis, 'exit');
}

async function collector(): Promise<RateLimits> {
  const counters = await redisCounters(`redis://127.0.0.1:${port}`, logger);
  opened.push(counters);
  return new RateLimits({ limits, limiterOf: counters.limiterOf, log: logger });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(missing)(`limits in Redis${missing ? ' (no redis-server)' : ''}`, () => {
  let one: RateLimits;
  let other: RateLimits;
  beforeAll(async () => {
    port = await freePort();
    await startRedis();
    [one, other] = [await collector(), await collector()];
  });
  afterAll(async () => {
    for (const counters of opened) counters.close();
    await endRedis();
    folder.remove();
  });

  it('are shared by collectors, for requests and for bytes', async () => {
    expect((await one.request(ada)).headers['RateLimit-Remaining']).toBe('3');
    expect((await other.request(ada)).headers['RateLimit-Remaining']).toBe('2');
    await one.bytes(ada, 800);
    expect((await other.bytes(ada, 300)).refusal).toMatchObject({ status: 429, reason: 'bytes' });
    expect((await other.bytes(ada, 200)).refusal).toBeUndefined();
    await one.request(ada);
    await one.request(ada);
    expect((await other.request(ada)).refusal).toMatchObject({ status: 429, reason: 'requests' });
    expect(log).toEqual([]);
  });

  it('are counted by each collector while Redis is silent or gone, said once, and shared again when it is back', async () => {
    process.kill(redis.pid!, 'SIGSTOP');
    expect((await one.request(ada)).headers['RateLimit-Remaining']).toBe('3');
    process.kill(redis.pid!, 'SIGCONT');
    await endRedis();
    for (let left = 2; left >= 0; left--)
      expect((await one.request(ada)).headers['RateLimit-Remaining']).toBe(String(left));
    expect((await one.request(ada)).refusal).toMatchObject({ status: 429 });
    expect((await other.request(ada)).headers['RateLimit-Remaining']).toBe('3');
    // of each collector once
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(
      /^Redis \(TALLYD_REDIS_URL\) does not answer: .*each collector counts requests for itself/,
    );

    await startRedis();
    await until(async () => {
      await Promise.all([one.bytes(ada, 1), other.bytes(ada, 1)]);
      return log.length === 4;
    });
    expect(log.slice(2).every((line) => line.startsWith('Redis answers again'))).toBe(true);
    expect((await one.request(ada)).headers['RateLimit-Remaining']).toBe('3');
    expect((await other.request(ada)).headers['RateLimit-Remaining']).toBe('2');
  });
});
