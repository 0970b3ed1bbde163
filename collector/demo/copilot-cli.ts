/** Session state of GitHub Copilot CLI, with what it must add up to. */
import { Prng } from './prng.ts';
import {
  type DrawnRequest,
  type DrawnSession,
  iso,
  linesOf,
  type SessionLogOptions,
  type SessionLogs,
  trueUsage,
  type TrueUsage,
  writeSessions,
} from './session-logs.ts';

const MODELS = [
  ['claude-sonnet-4.5', 3],
  ['gpt-5.4', 2],
] as const;
export const COPILOT_TELLING = { models: MODELS, cacheWrites: true, reasoning: true };

/** `records`: a record per call; `totals`: versions that only counted, whose counters go on or begin anew. */
export type CopilotVersion = 'records' | 'totals';

/** Files below a Copilot home (`session-state/…/events.jsonl`). */
export function generateCopilotCli(options: SessionLogOptions & { version?: CopilotVersion }): SessionLogs {
  const write = options.version === 'totals' ? writeTotals : writeRecords;
  return writeSessions(new Prng(options.seed), options, COPILOT_TELLING, write);
}

type Counts = Omit<DrawnRequest, 'ts' | 'model'> & { requests: number };
const NOTHING: Counts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, requests: 0 };

function add(a: Counts, b: Counts): Counts {
  return Object.fromEntries(
    Object.keys(a).map((kind) => [kind, a[kind as keyof Counts] + b[kind as keyof Counts]]),
  ) as never;
}

function usageOf({ input, cacheRead, cacheWrite, output, reasoning }: Omit<Counts, 'requests'>): object {
  return {
    inputTokens: input + cacheRead + cacheWrite,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    reasoningTokens: reasoning,
  };
}

function event(prng: Prng, type: string, ts: number, data: object): object {
  return { type, data, id: prng.uuid(), timestamp: iso(ts), parentId: null };
}

function start(prng: Prng, { id, cwd, start: ts }: DrawnSession): object {
  return event(prng, 'session.start', ts, {
    sessionId: id,
    copilotVersion: '1.0.95',
    context: { cwd, branch: 'main' },
  });
}

function writeRecords(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: (object | string)[] = [start(prng, session)];
  const totals = new Map<string, Counts>();
  let malformed = 0;
  for (const [sequence, request] of session.requests.entries()) {
    const { model, ts } = request;
    lines.push(event(prng, 'user.message', ts - 900, { content: 'grep "session.usage_record"' }));
    totals.set(model, add(totals.get(model) ?? NOTHING, { ...request, requests: 1 }));
    const accounting = { sourceSessionId: session.id, sequence, usageId: `usage-${sequence}` };
    const record = event(prng, 'session.usage_record', ts, {
      usage: { model, ...usageOf(request), duration: 900, accounting },
    });
    lines.push(record);
    if (quirks && prng.chance(0.2)) lines.push(record);
    if (quirks && prng.chance(0.3))
      lines.push(
        event(prng, 'session.usage_checkpoint', ts + 1, {
          accountingSnapshot: { modelMetrics: metricsOf(totals) },
        }),
      );
    if (quirks && prng.chance(0.1)) {
      lines.push('{"type":"session.usage_record","data":{"usage":{"mod');
      malformed++;
    }
  }
  lines.push(
    event(prng, 'session.shutdown', session.requests.at(-1)!.ts + 500, { modelMetrics: metricsOf(totals) }),
  );
  const usage = session.requests.map((request) => trueUsage(session, request));
  return { files: [fileOf(session, lines)], usage, malformed };
}

function metricsOf(totals: ReadonlyMap<string, Counts>): object {
  return Object.fromEntries(
    [...totals].map(([model, counts]) => [
      model,
      { usage: usageOf(counts), requests: { count: counts.requests, cost: 1 } },
    ]),
  );
}

/** A session in several lifetimes, each ended by a shutdown that counts on, or from zero. */
function writeTotals(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: object[] = [start(prng, session)];
  const usage: TrueUsage[] = [];
  let totals = new Map<string, Counts>();
  for (let at = 0; at < session.requests.length;) {
    const life = session.requests.slice(at, (at += prng.int(1, 4)));
    const gained = new Map<string, Counts>();
    for (const request of life)
      gained.set(request.model, add(gained.get(request.model) ?? NOTHING, { ...request, requests: 1 }));
    // from zero only where it shows: every model that was counted counts less than before
    const shows = [...totals.keys()].every((model) => gained.has(model));
    const fell = [...gained].every(([model, counts]) => counts.output < (totals.get(model)?.output ?? 0));
    if (quirks && shows && fell && totals.size > 0) totals = new Map(gained);
    else for (const [model, counts] of gained) totals.set(model, add(totals.get(model) ?? NOTHING, counts));
    const ts = life.at(-1)!.ts + 500;
    lines.push(event(prng, 'session.shutdown', ts, { modelMetrics: metricsOf(totals) }));
    if (quirks && prng.chance(0.2))
      lines.push(event(prng, 'session.shutdown', ts + 1, { modelMetrics: metricsOf(totals) }));
    lines.push(
      event(prng, 'session.resume', ts + 2, { copilotVersion: '1.0.96', context: { cwd: session.cwd } }),
    );
    for (const [model, counts] of gained)
      usage.push({ ...trueUsage(session, { ...counts, model, ts }), requests: counts.requests });
  }
  return { files: [fileOf(session, lines)], usage, malformed: 0 };
}

function fileOf({ id }: DrawnSession, lines: readonly (object | string)[]) {
  return { path: `session-state/${id}/events.jsonl`, content: linesOf(lines) };
}
