/**
 * Codex rollouts with everything in them that real ones were seen to hold, and the exact truth.
 *
 * A unit is a family: a thread, its forks and the threads it spawned. What a child replays of its
 * parent counts for the parent only; when the parent's file is lost, it counts for nobody.
 */
import { localClock, MINUTE, HOUR } from './clock.ts';
import { codexStrikes, drawFamily } from './codex-family.ts';
import type { CodexHazard, CodexStrikes } from './codex-hazards.ts';
import { codexHazards } from './codex-hazards.ts';
import type { CodexEvent, Thread, ThreadLine } from './codex-thread.ts';
import type { Ending, Entry, Rendered } from './jsonl.ts';
import { renderLines } from './jsonl.ts';
import { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';
import { CODEX_MODELS } from './tokens.ts';
import type { Generated, Unit } from './truth.ts';
import { NO_FILES, addCounts, generated } from './truth.ts';

export type { CodexHazard } from './codex-hazards.ts';
export { CODEX_HAZARDS } from './codex-hazards.ts';
export type { CodexEvent } from './codex-thread.ts';

export interface CodexOptions {
  seed: string | number;
  /** How many families; default 20 unless `entries` is given. */
  sessions?: number;
  /** Families are made until there are this many true events, or a few more. */
  entries?: number;
  /** Families begin in [from, until), ms; no event is later than `until`. At least an hour apart. */
  from: number;
  until: number;
  /** All of them, none (default), or those named. */
  hazards?: boolean | Partial<Record<CodexHazard, boolean>>;
  models?: WeightedModels;
  projects?: readonly string[];
  /** Turns of a thread, at least and at most; default 2 to 12. */
  turns?: readonly [number, number];
  when?: (prng: Prng) => number;
  /** Whose clock names folders and files; default Europe/Berlin, so that days differ from UTC's. */
  timezone?: string;
}

const PROJECTS = ['/home/ada/src/webshop', '/home/bob/infra', '/Users/cy/My Notes'];

/** Files below a Codex home (`sessions/…`, `archived_sessions/…`), and their truth. */
export function generateCodex(options: CodexOptions): Generated<CodexEvent> {
  if (options.until - options.from < HOUR) throw new RangeError('until must be an hour or more after from');
  return generated(() => units(options));
}

function* units(options: CodexOptions): Iterable<Unit<CodexEvent>> {
  const root = new Prng(options.seed);
  const clock = localClock(options.timezone ?? 'Europe/Berlin');
  const wanted = options.entries ?? Infinity;
  const sessions = options.sessions ?? (options.entries === undefined ? 20 : Infinity);
  let made = 0;
  for (let number = 0; number < sessions && made < wanted; number++) {
    const unit = makeUnit(root.fork(number), options, clock, wanted - made);
    made += unit.events.length;
    yield unit;
  }
}

function makeUnit(
  prng: Prng,
  options: CodexOptions,
  clock: (ts: number) => string,
  room: number,
): Unit<CodexEvent> {
  const strikes = codexStrikes(prng, codexHazards(options.hazards ?? false));
  const start = (options.when ?? ((draws) => draws.int(options.from, options.until - 1)))(prng);
  const setting = {
    prng,
    strikes,
    models: options.models ?? CODEX_MODELS,
    cwd: prng.pick(options.projects ?? PROJECTS),
    start: Math.max(options.from, Math.min(start, options.until - 4 * MINUTE)),
    until: options.until,
  };
  const { threads, missing } = drawFamily(setting, { turns: options.turns ?? [2, 12], room });
  const present = threads.filter((thread) => !missing.has(thread));
  const rendered = present.flatMap((thread) => threadFiles(thread, clock, strikes));
  const counts = { ...NO_FILES };
  for (const page of rendered) addCounts(counts, page.counts);
  return {
    files: rendered.map(({ file }) => file),
    events: present.flatMap(({ events }) => events),
    malformed: rendered.flatMap(({ malformed }) => malformed),
    counts,
  };
}

/** The thread's file and, with luck, an archived one: a copy, its beginning, or the only one. */
function threadFiles(thread: Thread, clock: (ts: number) => string, strikes: CodexStrikes): Rendered[] {
  const { prng, start } = thread.setting;
  const local = clock(start);
  const name = `${local.slice(0, 10).replaceAll('-', '/')}/rollout-${local}-${thread.id}.jsonl`;
  const entries = thread.lines.map(entryOf);
  const ending: Ending = strikes('noFinalNewline', 0.15)
    ? 'unterminated'
    : strikes('unfinishedTails', 0.15)
      ? 'unfinished'
      : 'newline';
  const tail =
    '{"timestamp":"2026-01-01T00:00:00.000Z","type":"event_msg","payload":{"type":"agent_message"}}';
  const whole = (folder: string) => renderLines(`${folder}/${name}`, entries, { ending }, tail);
  if (!strikes('archivedCopies', 0.3)) return [whole('sessions')];
  const how = prng.pick(['copy', 'beginning', 'only'] as const);
  if (how === 'only') return [whole('archived_sessions')];
  const some = entries.slice(0, prng.int(1, entries.length));
  return [
    whole('sessions'),
    how === 'copy' ? whole('archived_sessions') : renderLines(`archived_sessions/${name}`, some),
  ];
}

function entryOf({ ts, item, broken }: ThreadLine): Entry {
  if (broken !== undefined) return { kind: 'malformed', text: broken, reason: 'json' };
  const usage = item.payload.type === 'token_count' && item.payload.info !== null;
  return { kind: 'record', record: { timestamp: new Date(ts).toISOString(), ...item }, usage };
}
