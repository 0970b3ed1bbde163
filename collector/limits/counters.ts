/**
 * Where is counted: in this process, or in Redis where several collectors share one limit. While Redis
 * is away or silent, each collector counts for itself: too much for a moment is better than nothing at
 * all. It is logged when it goes and when it is back, once each.
 */
import { createRequire } from 'node:module';
import type IORedis from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Counter, LimiterOf } from './rate-limits.ts';

const PREFIX = 'tallyd:limits';
/** A request waits no longer for Redis. */
const PATIENCE_MS = 500;
const CONNECT_MS = 5000;
const LONGEST_PAUSE_MS = 5000;

export interface Counters {
  limiterOf: LimiterOf;
  close: () => void;
}

export function memoryCounters(): Counters {
  return { limiterOf: inMemory, close: () => undefined };
}

function inMemory(prefix: string, points: number, seconds: number): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix: `${PREFIX}:${prefix}`, points, duration: seconds });
}

interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** @param url `redis://` or `rediss://`, with user and password where they are needed; never logged */
export async function redisCounters(url: string, log: Log): Promise<Counters> {
  // loaded only where it is asked for
  const { Redis } = createRequire(import.meta.url)('ioredis') as { Redis: typeof IORedis.Redis };
  const client = new Redis(url, {
    // what cannot be asked now is counted here, and not asked later
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: PATIENCE_MS,
    connectTimeout: CONNECT_MS,
    retryStrategy: (times) => Math.min(times * 200, LONGEST_PAUSE_MS),
  });
  const health = new Health(log);
  // without a listener it would end the process; every use says the same in a sentence
  client.on('error', (error: Error) => health.failed(error));
  await settled(client);
  return {
    limiterOf: (prefix, points, seconds) => {
      const shared = new RateLimiterRedis({
        storeClient: client,
        rejectIfRedisNotReady: true,
        keyPrefix: `${PREFIX}:${prefix}`,
        points,
        duration: seconds,
      });
      return insured(shared, inMemory(prefix, points, seconds), health);
    },
    close: () => client.disconnect(),
  };
}

/** Connected, or known not to be: the first request should not be taken for an outage. */
async function settled(client: IORedis.Redis): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, CONNECT_MS);
    for (const event of ['ready', 'error'] as const)
      client.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
  });
}

/** rate-limiter-flexible's own `insuranceLimiter` does the same, but nobody hears of it. */
function insured(shared: RateLimiterRedis, own: RateLimiterMemory, health: Health): Counter {
  const either = async <T>(ask: (counter: Counter) => Promise<T>): Promise<T> => {
    try {
      const answer = await ask(shared);
      health.works();
      return answer;
    } catch (error) {
      if (error instanceof RateLimiterRes) {
        health.works();
        throw error;
      }
      health.failed(error as Error);
      return await ask(own);
    }
  };
  return {
    consume: (key, points) => either((counter) => counter.consume(key, points)),
    get: (key) => either((counter) => counter.get(key)),
  };
}

class Health {
  readonly #log: Log;
  #away = false;

  constructor(log: Log) {
    this.#log = log;
  }

  failed(error: Error): void {
    if (this.#away) return;
    this.#away = true;
    this.#log.warn(
      `Redis (TALLYD_REDIS_URL) does not answer: ${error.message}. Until it does, each collector counts requests for itself.`,
    );
  }

  works(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#log.info('Redis answers again; the collectors share their limits.');
  }
}
