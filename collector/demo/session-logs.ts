/**
 * Sessions of agents whose logs tell each request, drawn once and written in each agent's way: what
 * they used is known before it is written.
 */
import type { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';
import type { GeneratedFile } from './truth.ts';

/** One request to a model. Kinds of tokens are disjoint, but for reasoning, which is part of the output. */
export interface DrawnRequest {
  /** Milliseconds since the epoch; no two of a session are the same. */
  ts: number;
  model: string;
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
}

export interface DrawnSession {
  id: string;
  cwd: string;
  start: number;
  requests: DrawnRequest[];
}

/** What a log must add up to: a request, or several that it tells only together. */
export interface TrueUsage extends DrawnRequest {
  sessionId: string;
  project: string;
  requests: number;
  status: 'ok' | 'error' | 'aborted';
}

/** Files below an agent's root, and what is truly in them. */
export interface SessionLogs {
  files: GeneratedFile[];
  usage: TrueUsage[];
  /** Lines that are rejected. */
  malformed: number;
}

export interface SessionLogOptions {
  seed: string | number;
  /** How many sessions. @default 3 */
  sessions?: number;
  /** Sessions begin in [from, until), ms. */
  from: number;
  until: number;
  /** Requests of a session, at least and at most. @default 1 to 12 */
  requests?: readonly [number, number];
  projects?: readonly string[];
  when?: (prng: Prng) => number;
  /** Everything that real logs were seen to hold beside plain records. @default true */
  quirks?: boolean;
}

/** Which kinds of tokens an agent tells apart. */
export interface Telling {
  models: WeightedModels;
  cacheWrites: boolean;
  reasoning: boolean;
}

const PROJECTS = ['/home/ada/src/webshop', '/home/bob/infra', '/Users/cy/My Notes'];

export function drawSession(prng: Prng, options: SessionLogOptions, telling: Telling): DrawnSession {
  const start = (options.when ?? ((draws) => draws.int(options.from, options.until - 1)))(prng);
  const [least, most] = options.requests ?? [1, 12];
  const requests: DrawnRequest[] = [];
  let model = prng.weighted(telling.models);
  for (let count = prng.int(least, most), ts = start; count > 0; count--) {
    if (prng.chance(0.15)) model = prng.weighted(telling.models);
    ts += prng.int(900, 40_000);
    requests.push({ ts, model, ...drawCounts(prng, requests.length, telling) });
  }
  return { id: prng.uuid(), cwd: prng.pick(options.projects ?? PROJECTS), start, requests };
}

function drawCounts(prng: Prng, turn: number, { cacheWrites, reasoning }: Telling) {
  const output = prng.magnitude(6, 6000);
  return {
    input: prng.magnitude(3, 9000),
    cacheRead: turn === 0 ? 0 : prng.int(0, 4000) * Math.min(turn, 40),
    cacheWrite: cacheWrites && prng.chance(0.6) ? prng.magnitude(200, 20_000) : 0,
    output,
    reasoning: reasoning && prng.chance(0.5) ? prng.int(0, output) : 0,
  };
}

/** A request as the log of its session must give it. */
export function trueUsage(session: DrawnSession, request: DrawnRequest): TrueUsage {
  return { ...request, sessionId: session.id, project: session.cwd, requests: 1, status: 'ok' };
}

/** Draws sessions and has each written. */
export function writeSessions(
  prng: Prng,
  options: SessionLogOptions,
  telling: Telling,
  write: (prng: Prng, session: DrawnSession, quirks: boolean) => SessionLogs,
): SessionLogs {
  const logs: SessionLogs = { files: [], usage: [], malformed: 0 };
  for (let number = 0; number < (options.sessions ?? 3); number++) {
    const own = prng.fork(number);
    const written = write(own, drawSession(own, options, telling), options.quirks ?? true);
    logs.files.push(...written.files);
    logs.usage.push(...written.usage);
    logs.malformed += written.malformed;
  }
  return logs;
}

/** The lines of a file, each with its newline. */
export function linesOf(records: readonly (object | string)[]): string {
  return records.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
}

export const iso = (ts: number): string => new Date(ts).toISOString();
