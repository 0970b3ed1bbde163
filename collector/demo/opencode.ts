/**
 * Messages of OpenCode, and of Kilo which is built on it, as generated: databases of them, or the files
 * of earlier versions.
 */
import { Prng } from './prng.ts';
import {
  asJson,
  badWeight,
  NO_USAGE,
  type RewrittenOptions,
  startOf,
  type TrueUsage,
  unknownFields,
} from './rewritten.ts';
import type { SqliteTable } from './sqlite-file.ts';
import type { GeneratedFile } from './truth.ts';

/** A row of the table `message`. */
export interface MessageRow {
  id: string;
  sessionId: string;
  data: string;
  /** What it held before it was complete. */
  before: string;
}

export interface Messages {
  rows: MessageRow[];
  truth: TrueUsage[];
  rejected: number;
}

/** What programs with these messages differ in. */
export interface MessageProgram {
  name: string;
  /** Model and gateway, as its messages name them. */
  models: readonly (readonly [string, string])[];
  /** How often a message tells what it cost; otherwise 0 stands there. */
  costs: number;
}

const OPENCODE: MessageProgram = {
  name: 'opencode',
  models: [
    ['claude-sonnet-4-5', 'anthropic'],
    ['gpt-5-codex', 'openai'],
    ['qwen3-coder', 'local'],
  ],
  costs: 0.2,
};

export function generateOpenCode(options: RewrittenOptions): Messages {
  return generateMessages(OPENCODE, options);
}

export function generateMessages(program: MessageProgram, options: RewrittenOptions): Messages {
  const result: Messages = { rows: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`${program.name} ${options.seed}`).fork(n);
    const sessionId = `ses_${prng.base62(20)}`;
    const start = startOf(prng, options, n, 3_600_000);
    for (let i = 0, count = prng.int(1, 12); i < count; i++)
      addMessage(result, prng, program, { sessionId, ts: start + i * 31_000, bad: badWeight(options) });
  }
  return result;
}

/** The tables of a database; `of`: what the messages hold, or what they held before. */
export function messageTables(
  rows: readonly MessageRow[],
  of: 'data' | 'before' = 'data',
): [SqliteTable, SqliteTable] {
  const columns = ['id TEXT', 'session_id TEXT', 'time_created INTEGER', 'time_updated INTEGER', 'data TEXT'];
  const sessions = [...new Set(rows.map(({ sessionId }) => sessionId))];
  return [
    { name: 'session', columns: ['id TEXT', 'title TEXT'], rows: sessions.map((id) => [id, 'a session']) },
    { name: 'message', columns, rows: rows.map((row) => [row.id, row.sessionId, 1, 1, row[of]]) },
  ];
}

/** The file of a message of the versions before the database. */
export function legacyFile(row: MessageRow, prng: Prng): GeneratedFile {
  const message = { id: row.id, sessionID: row.sessionId, ...(JSON.parse(row.data) as object) };
  return { path: `storage/message/${row.sessionId}/${row.id}.json`, content: asJson(prng, message) };
}

function addMessage(
  result: Messages,
  prng: Prng,
  program: MessageProgram,
  { sessionId, ts, bad }: { sessionId: string; ts: number; bad: number },
): void {
  const id = `msg_${prng.base62(20)}`;
  const kind = prng.weighted([
    ['user', 2],
    ['plain', 4],
    ['disjoint', 3],
    ['within', 2],
    ['total', 1],
    ['empty', 1],
    ['bad', bad],
  ] as const);
  if (kind === 'user') {
    const data = JSON.stringify({ role: 'user', time: { created: ts }, agent: 'build' });
    result.rows.push({ id, sessionId, data, before: data });
    return;
  }
  const [model, providerID] = prng.pick(program.models);
  const used = drawCounts(prng);
  const cost = kind !== 'empty' && prng.chance(program.costs) ? prng.int(1, 90_000) / 1e6 : 0;
  const error = prng.weighted([
    [undefined, 9],
    ['MessageAbortedError', 1],
    ['ProviderAuthError', 1],
  ] as const);
  const named = prng.chance(0.2) ? { model: { id: model, providerID } } : { modelID: model, providerID };
  const message = {
    ...{ role: 'assistant', ...named, agent: 'build', path: { cwd: '/demo', root: '/demo' } },
    ...unknownFields(prng),
  };
  const data = JSON.stringify({
    ...message,
    ...{ time: { created: ts, completed: ts + 900 }, cost, tokens: tokensAs(kind, used) },
    ...(error && { error: { name: error } }),
  });
  const before = JSON.stringify({
    ...message,
    ...{ time: { created: ts }, cost: 0, tokens: tokensAs('empty', used) },
  });
  result.rows.push({ id, sessionId, data, before });
  if (kind === 'bad') result.rejected++;
  if (kind === 'bad' || kind === 'empty') return;
  const status = error === undefined ? 'ok' : error === 'MessageAbortedError' ? 'aborted' : 'error';
  const event: TrueUsage = {
    ...{ ...NO_USAGE, ts, sessionId, model, status },
    ...(cost > 0 && { reportedCostUsd: String(cost) }),
  };
  const { read: cacheRead, write: cacheWrite, input, output, reasoning } = used;
  result.truth.push(
    kind === 'total'
      ? { ...event, unclassified: totalOf(used) }
      : { ...event, input, cacheWrite, cacheRead, output: output + reasoning, reasoning },
  );
}

type Counts = ReturnType<typeof drawCounts>;

function drawCounts(prng: Prng) {
  return {
    input: prng.magnitude(1, 900),
    output: prng.magnitude(1, 900),
    write: prng.chance(0.4) ? prng.magnitude(1, 9000) : 0,
    read: prng.magnitude(1, 90_000),
    reasoning: prng.chance(0.5) ? prng.int(1, 400) : 0,
  };
}

function totalOf({ input, output, write, read, reasoning }: Counts): number {
  return input + output + reasoning + write + read;
}

/** Without a total, output includes reasoning; with one, it says whether. */
function tokensAs(kind: 'plain' | 'disjoint' | 'within' | 'total' | 'empty' | 'bad', used: Counts): object {
  const { input, output, reasoning, read, write } = used;
  const total = totalOf(used);
  return {
    plain: { input, output: output + reasoning, reasoning, cache: { read, write } },
    within: { total, input, output: output + reasoning, reasoning, cache: { read, write } },
    disjoint: { total, input, output, reasoning, cache: { read, write } },
    total: { total },
    empty: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
    bad: { input: 'many', output },
  }[kind];
}
