/** Wire logs of Kimi CLI and Kimi Code, with what they must add up to. */
import { Prng } from './prng.ts';
import {
  type DrawnRequest,
  type DrawnSession,
  linesOf,
  type SessionLogOptions,
  type SessionLogs,
  trueUsage,
  writeSessions,
} from './session-logs.ts';

export type KimiVersion = 'cli' | 'code';

/** Files below a Kimi home (`sessions/…/wire.jsonl`). */
export function generateKimi(options: SessionLogOptions & { version?: KimiVersion }): SessionLogs {
  const version = options.version ?? 'code';
  const models = [
    // Kimi CLI does not say which model it asked
    ['kimi-for-coding', 3],
    ...(version === 'code' ? [['kimi-k2.5', 1] as const] : []),
  ] as const;
  const telling = { models, cacheWrites: true, reasoning: false };
  const write = version === 'code' ? writeCode : writeCli;
  return writeSessions(new Prng(options.seed), options, telling, write);
}

function writeCli(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: (object | string)[] = [{ type: 'metadata', protocol_version: '1.2' }];
  let malformed = 0;
  for (const request of session.requests) {
    const id = `chatcmpl-${prng.base62(20)}`;
    lines.push(event(request.ts - 800, 'TurnBegin', { user_input: 'why is "token_usage" here?' }));
    if (quirks && prng.chance(0.3)) {
      // told while it grows
      const part = { ...request, output: prng.int(0, request.output - 1) };
      lines.push(event(request.ts - 500, 'StatusUpdate', { message_id: id, token_usage: usageOf(part) }));
    }
    if (quirks && prng.chance(0.3))
      lines.push(event(request.ts - 400, 'StatusUpdate', { message_id: id, token_usage: null }));
    lines.push(cliUsage(prng, request, id, quirks));
    if (quirks && prng.chance(0.2)) lines.push(cliUsage(prng, request, id, false));
    if (quirks && prng.chance(0.1)) {
      lines.push('{"timestamp":1767261750.0,"message":{"type":"StatusUpdate","payload":{"token_usage":{"inp');
      malformed++;
    }
  }
  return filesOf(prng, session, '', lines, malformed);
}

function cliUsage(prng: Prng, request: DrawnRequest, id: string, mayWrap: boolean): object {
  const payload = { message_id: id, token_usage: usageOf(request) };
  if (!mayWrap || !prng.chance(0.2)) return event(request.ts, 'StatusUpdate', payload);
  return event(request.ts, 'SubagentEvent', {
    task_tool_call_id: `tool_${prng.base62(8)}`,
    event: { type: 'StatusUpdate', payload },
  });
}

function usageOf({ input, output, cacheRead, cacheWrite }: DrawnRequest): object {
  return { input_other: input, output, input_cache_read: cacheRead, input_cache_creation: cacheWrite };
}

function event(ts: number, type: string, payload: object): object {
  return { timestamp: ts / 1000, message: { type, payload } };
}

function writeCode(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: (object | string)[] = [{ type: 'metadata', protocol_version: '2', created_at: session.start }];
  const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const request of session.requests) {
    for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const) sum[kind] += request[kind];
    lines.push(codeUsage(prng, request, 'turn'));
    if (quirks && prng.chance(0.5)) lines.push(codeUsage(prng, { ...request, ...sum }, 'session'));
    if (quirks && prng.chance(0.2))
      lines.push({ type: 'usage.record', usageScope: 'turn', time: request.ts });
  }
  return filesOf(prng, session, `agents/main/`, lines, 0);
}

function codeUsage(prng: Prng, request: DrawnRequest, usageScope: string): object {
  const { model, input, output, cacheRead, cacheWrite, ts } = request;
  const usage = { inputOther: input, output, inputCacheRead: cacheRead, inputCacheCreation: cacheWrite };
  const named = prng.chance(0.5) ? `kimi-code/${model}` : model;
  return { type: 'usage.record', model: named, usage, usageScope, time: ts };
}

function filesOf(
  prng: Prng,
  session: DrawnSession,
  below: string,
  lines: (object | string)[],
  malformed: number,
): SessionLogs {
  const path = `sessions/${prng.hex(32)}/${session.id}/${below}wire.jsonl`;
  return {
    files: [{ path, content: linesOf(lines) }],
    // a wire log does not tell where it was asked
    usage: session.requests.map((request) => ({ ...trueUsage(session, request), project: '' })),
    malformed,
  };
}
