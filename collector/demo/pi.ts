/** Sessions of pi and of OpenClaw, with what they must add up to. */
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
  ['claude-sonnet-4-5', 3],
  ['gpt-5.2', 2],
  ['gemini-3-pro', 1],
] as const;

export type PiAgent = 'pi' | 'openclaw';

/** Files below the folder of an agent's sessions; branches of a session begin with a copy of it. */
export function generatePi(options: SessionLogOptions & { agent?: PiAgent }): SessionLogs {
  const telling = { models: MODELS, cacheWrites: true, reasoning: false };
  return writeSessions(new Prng(options.seed), options, telling, (prng, session, quirks) =>
    write(prng, session, quirks, options.agent ?? 'pi'),
  );
}

function write(prng: Prng, session: DrawnSession, quirks: boolean, agent: PiAgent): SessionLogs {
  const entries: object[] = [];
  const usage: TrueUsage[] = [];
  // the first version gave its entries no ids
  const ids = !quirks || prng.chance(0.7);
  let model = '';
  for (const request of session.requests) {
    const id = ids ? { id: prng.hex(8), parentId: null } : {};
    const silent = agent === 'openclaw' || (quirks && prng.chance(0.3));
    if (silent && model !== request.model) {
      model = request.model;
      entries.push(choice(agent, request));
    }
    const kind = quirks ? prng.pick(['stop', 'stop', 'aborted', 'error', 'compaction'] as const) : 'stop';
    // a summary never names its model
    if (kind === 'compaction' && model === request.model) {
      entries.push({
        type: 'compaction',
        ...id,
        timestamp: iso(request.ts),
        summary: '…',
        usage: usageOf(request),
      });
      usage.push(trueUsage(session, request));
      continue;
    }
    const stopReason = kind === 'compaction' ? 'stop' : kind;
    const named = silent ? {} : { provider: 'somewhere', model: request.model };
    const message = {
      role: 'assistant',
      ...named,
      usage: usageOf(request),
      stopReason,
      timestamp: request.ts,
    };
    entries.push({ type: 'message', ...id, timestamp: iso(request.ts), message });
    usage.push({ ...trueUsage(session, request), status: stopReason === 'stop' ? 'ok' : stopReason });
  }
  const files = [fileOf(agent, session.id, session, session.start, entries)];
  if (quirks && prng.chance(0.4)) files.push(branch(prng, agent, session, entries));
  return { files, usage, malformed: 0 };
}

function choice(agent: PiAgent, { ts, model }: DrawnRequest): object {
  const data = { provider: 'somewhere', modelId: model };
  const timestamp = iso(ts - 500);
  return agent === 'openclaw'
    ? { type: 'custom', customType: 'model-snapshot', timestamp, data }
    : { type: 'model_change', timestamp, ...data };
}

/** A later session that begins with what was said, and adds nothing. */
function branch(prng: Prng, agent: PiAgent, session: DrawnSession, entries: readonly object[]) {
  const later = session.requests.at(-1)!.ts + 60_000;
  return fileOf(agent, prng.uuid(), session, later, entries.slice(0, prng.int(1, entries.length)));
}

function fileOf(
  agent: PiAgent,
  id: string,
  { cwd }: DrawnSession,
  start: number,
  entries: readonly object[],
) {
  const header = { type: 'session', version: 3, id, timestamp: iso(start), cwd };
  const said = {
    type: 'message',
    timestamp: iso(start + 1),
    message: { role: 'user', content: '"usage":{"input":9}' },
  };
  // whose session it is shows in an entry of its own
  const mark =
    agent === 'openclaw' ? [{ type: 'custom', customType: 'openclaw:bootstrap', timestamp: iso(start) }] : [];
  const folder = agent === 'openclaw' ? 'agents/main/sessions/' : `sessions/-${cwd.replaceAll(/\W/g, '-')}-/`;
  const name = agent === 'openclaw' ? id : `${iso(start).replaceAll(':', '-')}_${id}`;
  return { path: `${folder}${name}.jsonl`, content: linesOf([header, ...mark, said, ...entries]) };
}

function usageOf({ input, output, cacheRead, cacheWrite }: DrawnRequest): object {
  const totalTokens = input + output + cacheRead + cacheWrite;
  const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
  return { input, output, cacheRead, cacheWrite, totalTokens, cost };
}
