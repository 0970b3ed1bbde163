/**
 * A data directory of tallyd with millions of priced events of a year, kept between runs. It depends on
 * the migrations and on what fills it: where these change, another is made.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';
import { benchProgram } from '../engine/run-alone.ts';
import { runToEnd } from '../measuring/process.ts';
import { Collector, environment } from '../tallyd.ts';
import { kept } from './kept.ts';

export const DAYS = 365;

export interface FilledStore {
  /** A home for `environment`: the store lies in its `data`. */
  home: string;
  events: number;
  /** The moment of the last event, ms. */
  until: number;
}

/** The store, filled when it is not there yet. */
export async function filledStore(
  data: string,
  events: number,
  say: (text: string) => void,
): Promise<FilledStore> {
  const { folder, until } = await kept(data, `store-${recipe()}-${events}`, async (home) => {
    say(`filling a store with ${events.toLocaleString('en')} events`);
    const now = Date.now();
    mkdirSync(join(home, 'data'));
    await runToEnd(benchProgram('fill-store', join(home, 'data/store'), String(events), String(now)));
    // the first start puts tallyd's own prices in force, which takes as long as it takes once
    const collector = await Collector.start(environment(home, { TALLYD_TAIL: 'none' }));
    await collector.end();
    await runToEnd(benchProgram('rest-store', join(home, 'data/store')));
    return { until: now };
  });
  return { home: folder, events, until };
}

function recipe(): string {
  const hash = createHash('sha256');
  const migrations = join(packageRoot, 'clickhouse/migrations');
  for (const name of readdirSync(migrations).sort()) hash.update(readFileSync(join(migrations, name)));
  hash.update(readFileSync(join(packageRoot, 'tests/support/usage.ts')));
  return hash.digest('hex').slice(0, 12);
}
