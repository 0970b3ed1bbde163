/**
 * Claude Code logs with everything in them that real ones were seen to hold, and the exact truth.
 *
 * A unit is a session with its sub-agents, its copies and what resumed it; units depend on the seed
 * and their number only, and their files and truth can be had one unit at a time.
 */
import { sessionFiles } from './claude-code-files.ts';
import type { ClaudeHazard } from './claude-code-hazards.ts';
import { claudeHazards, strikes } from './claude-code-hazards.ts';
import type { SessionContext } from './claude-code-response.ts';
import type { SessionSetting } from './claude-code-session.ts';
import { Session, historyFor } from './claude-code-session.ts';
import type { ClaudeEvent } from './claude-code-truth.ts';
import { HOUR, MINUTE } from './clock.ts';
import type { Rendered } from './jsonl.ts';
import { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';
import { CLAUDE_MODELS } from './tokens.ts';
import type { Generated, Unit } from './truth.ts';
import { NO_FILES, addCounts, generated } from './truth.ts';

export type { ClaudeEvent } from './claude-code-truth.ts';
export type { ClaudeHazard } from './claude-code-hazards.ts';
export { CLAUDE_HAZARDS } from './claude-code-hazards.ts';
export { perDayModel } from './truth.ts';

export interface ClaudeCodeOptions {
  seed: string | number;
  /** How many units; default 20 unless `entries` is given. */
  sessions?: number;
  /** Units are made until there are this many true events; exact without hazards, else a few more. */
  entries?: number;
  /** Sessions begin in [from, until), ms; no event is later than `until`. At least an hour apart. */
  from: number;
  until: number;
  /** All of them, none (default), or those named. */
  hazards?: boolean | Partial<Record<ClaudeHazard, boolean>>;
  models?: WeightedModels;
  /** Working directories; default a handful. */
  projects?: readonly string[];
  /** Turns of a session, at least and at most; default 3 to 40. */
  turns?: readonly [number, number];
  /** Draws the start of a session; default any time is as likely as another. */
  when?: (prng: Prng) => number;
}

const PROJECTS = ['/home/ada/src/webshop', '/home/ada/src/web_shop', '/home/bob/infra', '/Users/cy/My Notes'];
const UNICODE_PROJECTS = ['/home/zoë/größe', 'C:\\Users\\dan\\source\\shop'];
const VERSIONS = ['1.0.44', '2.0.31', '2.0.76', '2.1.9'];

/** Files below a Claude Code home (`projects/…`), and their truth. */
export function generateClaudeCode(options: ClaudeCodeOptions): Generated<ClaudeEvent> {
  if (options.until - options.from < HOUR) throw new RangeError('until must be an hour or more after from');
  return generated(() => units(options));
}

function* units(options: ClaudeCodeOptions): Iterable<Unit<ClaudeEvent>> {
  const root = new Prng(options.seed);
  const wanted = options.entries ?? Infinity;
  const sessions = options.sessions ?? (options.entries === undefined ? 20 : Infinity);
  let made = 0;
  for (let number = 0; number < sessions && made < wanted; number++) {
    const unit = makeUnit(root.fork(number), options, wanted - made);
    made += unit.events.length;
    yield unit;
  }
}

function makeUnit(prng: Prng, options: ClaudeCodeOptions, room: number): Unit<ClaudeEvent> {
  const on = claudeHazards(options.hazards ?? false);
  const struck = strikes(prng, on);
  const start = (options.when ?? ((draws) => draws.int(options.from, options.until - 1)))(prng);
  const setting: SessionSetting = {
    prng,
    strikes: struck,
    context: drawContext(prng, options, on.has('unicode')),
    models: options.models ?? CLAUDE_MODELS,
    start: Math.max(options.from, Math.min(start, options.until - 11 * MINUTE)),
    until: options.until,
  };
  const session = converse(new Session(setting), options, setting, room);
  const rendered = sessionFiles(session, setting.context.sessionId, prng, struck, options.until);
  const events = session.events;
  if (struck('resumedSessions', 0.25) && !session.over && events.length < room) {
    const resumed = resume(session, setting, options, room - events.length);
    rendered.push(...sessionFiles(resumed, resumed.context.sessionId, prng, struck, options.until));
    events.push(...resumed.events);
  }
  return unitOf(events, rendered);
}

/** Goes on until the turns are done, the time is up or there is no room for more events. */
function converse(
  session: Session,
  options: ClaudeCodeOptions,
  { prng, strikes: struck }: SessionSetting,
  room: number,
): Session {
  const [least, most] = options.turns ?? [3, 40];
  const turns = prng.int(least, most);
  const switchAt = struck('twoSessionsInOneFile', 0.15) ? Math.ceil(turns / 2) : -1;
  for (let turn = 0; turn < turns && session.events.length < room; turn++) {
    if (turn > 0 && session.over) break;
    if (turn === switchAt) session.context = { ...session.context, sessionId: prng.uuid() };
    session.turn();
  }
  return session;
}

/** Another session that begins with the lines of the first, or with some of them. */
function resume(
  session: Session,
  setting: SessionSetting,
  options: ClaudeCodeOptions,
  room: number,
): Session {
  const { prng } = setting;
  const context = { ...setting.context, sessionId: prng.uuid() };
  const length = prng.chance(0.5) ? session.lines.length : prng.int(1, session.lines.length);
  const history = historyFor(context.sessionId, session.lines.slice(0, length));
  const later = { ...setting, context, start: session.clock + prng.int(1, 3) * MINUTE };
  return converse(new Session(later, history), options, later, room);
}

function drawContext(prng: Prng, options: ClaudeCodeOptions, unicode: boolean): SessionContext {
  const projects = options.projects ?? (unicode ? [...PROJECTS, ...UNICODE_PROJECTS] : PROJECTS);
  return {
    sessionId: prng.uuid(),
    cwd: prng.pick(projects),
    version: prng.pick(VERSIONS),
    gitBranch: prng.pick(['main', 'main', 'fix/basket', 'feature/prices']),
  };
}

function unitOf(events: ClaudeEvent[], rendered: readonly Rendered[]): Unit<ClaudeEvent> {
  const counts = { ...NO_FILES };
  for (const page of rendered) addCounts(counts, page.counts);
  return {
    files: rendered.map(({ file }) => file),
    events,
    malformed: rendered.flatMap(({ malformed }) => malformed),
    counts,
  };
}
