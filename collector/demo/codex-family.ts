/** A Codex thread with its forks and the threads it spawned. */
import type { CodexStrikes } from './codex-hazards.ts';
import type { ThreadLine, ThreadSetting } from './codex-thread.ts';
import { Thread } from './codex-thread.ts';
import { MINUTE } from './clock.ts';
import type { Prng } from './prng.ts';

export interface Family {
  threads: Thread[];
  /** Threads whose files were lost; what they used is not in the truth. */
  missing: Set<Thread>;
}

/** How long threads go on. */
export interface Pace {
  turns: readonly [number, number];
  /** True events at most. */
  room: number;
}

/** Draws a root and what came of it. */
export function drawFamily(setting: ThreadSetting, pace: Pace): Family {
  const { prng, strikes } = setting;
  const root = converse(new Thread(setting), pace, pace.room);
  const family: Family = { threads: [root], missing: new Set() };
  if (strikes('forks', 0.35)) add(family, fork(root), pace);
  if (strikes('backtrackedForks', 0.15)) add(family, fork(root, true), pace);
  if (strikes('subagents', 0.3))
    for (let more = prng.int(1, 3); more > 0; more--) add(family, spawn(root), pace);
  if (strikes('forksOfForks', 0.2)) {
    const child = add(family, fork(root), pace);
    if (child) add(family, fork(child), pace);
  }
  if (family.threads.length > 1 && strikes('missingParents', 0.35)) family.missing.add(root);
  return family;
}

function converse(thread: Thread, { turns: [least, most] }: Pace, room: number): Thread {
  for (let turns = thread.setting.prng.int(least, most); turns > 0; turns--) {
    if (thread.over || thread.events.length >= room) break;
    thread.turn();
  }
  return thread;
}

function add(family: Family, child: Thread | undefined, pace: Pace): Thread | undefined {
  const used = family.threads.reduce((sum, { events }) => sum + events.length, 0);
  if (!child || child.over || used >= pace.room) return undefined;
  family.threads.push(converse(child, pace, pace.room - used));
  return child;
}

/** A child that begins with what the parent had said by then, or with less where it goes back. */
function fork(parent: Thread, back = false): Thread | undefined {
  const { prng } = parent.setting;
  const start = momentOf(parent, prng) + (back ? 10 * MINUTE : 0);
  const said = parent.lines.filter(({ ts }) => ts <= start);
  const lines = back ? said.slice(0, turnStart(said, prng)) : said;
  return childOf(parent, start, { kind: 'fork', lines });
}

/** A thread for one task; it may know what its parent said, or begin with nothing. */
function spawn(parent: Thread): Thread | undefined {
  const { prng } = parent.setting;
  const start = momentOf(parent, prng);
  const lines = prng.chance(0.5) ? parent.lines.filter(({ ts }) => ts <= start) : [];
  return childOf(parent, start, { kind: 'subagent', lines });
}

function childOf(
  parent: Thread,
  start: number,
  { kind, lines }: { kind: 'fork' | 'subagent'; lines: readonly ThreadLine[] },
): Thread | undefined {
  if (start + 10 * MINUTE >= parent.setting.until) return undefined;
  const child = new Thread({ ...parent.setting, start }, { kind, parentId: parent.id });
  child.replay(lines);
  return child;
}

/** A moment in the second half of a thread, or some time after it. */
function momentOf({ lines, clock }: Thread, prng: Prng): number {
  const middle = lines[Math.floor(lines.length / 2)]?.ts ?? clock;
  return prng.int(middle + 1, clock + 30 * MINUTE);
}

/** Where one of the turns begins; the end when there is none to go back to. */
function turnStart(lines: readonly ThreadLine[], prng: Prng): number {
  const starts = lines.flatMap(({ item }, index) => (item.type === 'turn_context' ? [index] : []));
  return starts.length > 1 ? prng.pick(starts.slice(1)) : lines.length;
}

export function codexStrikes(prng: Prng, on: ReadonlySet<string>): CodexStrikes {
  return (hazard, probability) => on.has(hazard) && prng.chance(probability);
}
