/** Worlds one after another until so many kills are done, and their counts added up. */
import { Prng } from '../../collector/demo/prng.ts';
import { isRight } from './check.ts';
import { MIGRATION, type Moment, MOMENTS } from './moments.ts';
import { World, type WorldResult } from './world.ts';

export interface CrashOptions {
  seed: string;
  kills: number;
  /** No kill comes after so many minutes. */
  minutes: number;
  /** Kills of one store. */
  killsPerStore: number;
  sessions: number;
  /** The disk forgets what is not yet on it, with every kill. */
  power?: boolean;
  say: (line: string) => void;
}

export interface Counts {
  stores: number;
  kills: number;
  written: number;
  stored: number;
  lost: number;
  doubled: number;
  rejectedLost: number;
  rejectedSurplus: number;
  attempts: number;
  acknowledged: number;
  finished: number;
  looks: number;
  wrong: number;
  hits: Map<string, number>;
}

/** Runs the worlds. Every one is reported by `say`; one that is wrong is kept on the disk, and named. */
export async function crash(options: CrashOptions): Promise<Counts> {
  const { seed, kills, killsPerStore, sessions, say } = options;
  const until = Date.now() + options.minutes * 60_000;
  const counts = noCounts();
  let done = 0;
  const onKill = (): void => {
    if (++done % 10 === 0) say(`${done} kills`);
  };
  for (let number = 0; counts.kills < kills && Date.now() < until; number++) {
    const prng = new Prng(`${seed}/${number}`);
    const some = Math.min(killsPerStore, kills - counts.kills);
    const inMigration = Math.min(4, Math.ceil(some / 10));
    const result = await new World(prng, {
      kills: some,
      sessions,
      inMigration,
      until,
      onKill,
      moments: momentsFrom(prng),
      power: options.power ?? false,
    }).run();
    add(counts, result);
    tell(result, number, say);
  }
  return counts;
}

/** Every moment comes before any comes twice. */
function momentsFrom(prng: Prng): Moment[] {
  return prng.shuffled(MOMENTS);
}

function noCounts(): Counts {
  const names = [MIGRATION, ...MOMENTS].map(({ name }) => [name, 0] as const);
  return {
    ...{
      stores: 0,
      kills: 0,
      written: 0,
      stored: 0,
      lost: 0,
      doubled: 0,
      rejectedLost: 0,
      rejectedSurplus: 0,
    },
    ...{ attempts: 0, acknowledged: 0, finished: 0, looks: 0, wrong: 0 },
    hits: new Map(names),
  };
}

function add(counts: Counts, result: WorldResult): void {
  counts.stores++;
  counts.lost += result.lost.length;
  counts.doubled += result.doubled.length;
  counts.rejectedLost += result.rejected.lost.length;
  counts.rejectedSurplus += result.rejected.surplus.length;
  counts.wrong += result.wrong.length;
  for (const name of ['kills', 'written', 'stored', 'attempts', 'acknowledged', 'finished', 'looks'] as const)
    counts[name] += result[name];
  for (const [name, times] of result.hits) counts.hits.set(name, (counts.hits.get(name) ?? 0) + times);
}

export function isClean({ lost, doubled, rejectedLost, rejectedSurplus, wrong }: Counts): boolean {
  return lost + doubled + rejectedLost + rejectedSurplus + wrong === 0;
}

const SHOWN = 5;

function tell(result: WorldResult, number: number, say: (line: string) => void): void {
  const { kills, written, stored, lost, doubled, acknowledged, finished } = result;
  say(
    `store ${number}: ${kills} kills, ${written} records written, ${stored} stored, ${lost.length} lost, ` +
      `${doubled.length} doubled; ${acknowledged} uploads acknowledged, ${finished} finished`,
  );
  const some = (what: string, list: readonly string[]): void => {
    for (const one of list.slice(0, SHOWN)) say(`  ${what}: ${one}`);
    if (list.length > SHOWN) say(`  … and ${list.length - SHOWN} more`);
  };
  some('lost', lost);
  some('doubled', doubled);
  some('rejected record lost', result.rejected.lost);
  some('rejected record too many', result.rejected.surplus);
  some('wrong', result.wrong);
  for (const [error, times] of result.errors) say(`  the collector logged ${times} times: ${error}`);
  if (!isRight(result)) say(`  everything of it is kept in ${result.folder}`);
}

/** The counts as lines for a person. */
export function summary(counts: Counts, seed: string): string {
  const hits = [...counts.hits].map(([name, times]) => `  ${String(times).padStart(5)}  ${name}`);
  return [
    `kills by moment:`,
    ...hits,
    `${counts.kills} kills of ${counts.stores} ${counts.stores === 1 ? 'store' : 'stores'}`,
    `records: ${counts.written} written, ${counts.stored} stored, ${counts.lost} lost, ${counts.doubled} doubled`,
    `rejected records: ${counts.rejectedLost} lost, ${counts.rejectedSurplus} too many`,
    `uploads: ${counts.attempts} sent, ${counts.acknowledged} acknowledged, ${counts.finished} finished`,
    `looks at a dataset being replaced: ${counts.looks}`,
    `other things wrong: ${counts.wrong}`,
    `to repeat: --seed ${seed}`,
  ].join('\n');
}
