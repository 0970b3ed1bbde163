/** OpenCode's messages as generated: rows for its database, or the files of earlier versions. */
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

/** A row of the table `message`. */
export interface MessageRow {
  id: string;
  sessionId: string;
  data: string;
  /** What it held before it was complete. */
  before: string;
}

export interface OpenCodeMessages {
  rows: MessageRow[];
  truth: TrueUsage[];
  rejected: number;
}

export function generateOpenCode(options: RewrittenOptions): OpenCodeMessages {
  const result: OpenCodeMessages = { rows: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`opencode ${options.seed}`).fork(n);
    const sessionId = `ses_${prng.base62(20)}`;
    const start = startOf(prng, options, n, 3_600_000);
    for (let i = 0, count = prng.int(1, 12); i < count; i++)
      addMessage(result, prng, sessionId, start + i * 31_000, badWeight(options));
  }
  return result;
}

/** The file of a message of the versions before the database. */
export function legacyFile(row: MessageRow, prng: Prng): { path: string; content: string } {
  const message = { id: row.id, sessionID: row.sessionId, ...(JSON.parse(row.data) as object) };
  return { path: `storage/message/${row.sessionId}/${row.id}.json`, content: asJson(prng, message) };
}

function addMessage(result: OpenCodeMessages, prng: Prng, sessionId: string, ts: number, bad: number): void {
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
  const [model, providerID] = prng.pick([
    ['claude-sonnet-4-5', 'anthropic'],
    ['gpt-5-codex', 'openai'],
    ['qwen3-coder', 'local'],
  ] as const);
  const [input, output, write, read] = [
    prng.magnitude(1, 900),
    prng.magnitude(1, 900),
    prng.chance(0.4) ? prng.magnitude(1, 9000) : 0,
    prng.magnitude(1, 90_000),
  ];
  const reasoning = prng.chance(0.5) ? prng.int(1, 400) : 0;
  const total = input + output + reasoning + write + read;
  const tokens = {
    // without a total, output includes reasoning; with one, it says whether
    plain: { input, output: output + reasoning, reasoning, cache: { read, write } },
    within: { total, input, output: output + reasoning, reasoning, cache: { read, write } },
    disjoint: { total, input, output, reasoning, cache: { read, write } },
    total: { total },
    empty: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
    bad: { input: 'many', output },
  }[kind];
  const error = prng.weighted([
    [undefined, 9],
    ['MessageAbortedError', 1],
    ['ProviderAuthError', 1],
  ] as const);
  const named = prng.chance(0.2) ? { model: { id: model, providerID } } : { modelID: model, providerID };
  const message = {
    role: 'assistant',
    ...named,
    agent: 'build',
    path: { cwd: '/demo', root: '/demo' },
    cost: 0,
    ...unknownFields(prng),
  };
  const data = JSON.stringify({
    ...message,
    time: { created: ts, completed: ts + 900 },
    tokens,
    ...(error && { error: { name: error } }),
  });
  const before = JSON.stringify({
    ...message,
    time: { created: ts },
    tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
  });
  result.rows.push({ id, sessionId, data, before });
  if (kind === 'bad') result.rejected++;
  if (kind === 'bad' || kind === 'empty') return;
  const status = error === undefined ? 'ok' : error === 'MessageAbortedError' ? 'aborted' : 'error';
  const event: TrueUsage = { ...NO_USAGE, ts, sessionId, model, status };
  result.truth.push(
    kind === 'total'
      ? { ...event, unclassified: total }
      : { ...event, input, cacheWrite: write, cacheRead: read, output: output + reasoning, reasoning },
  );
}
