/** The records of Claude Code's JSON lines. */
import type { Advisor, Part, Response, SessionContext } from './claude-code-response.ts';
import { timestamp } from './clock.ts';
import type { Prng } from './prng.ts';
import type { Tokens } from './tokens.ts';

/** Fields that begin nearly every record. */
function envelope(context: SessionContext, prng: Prng, sidechain: boolean | null) {
  return {
    parentUuid: prng.uuid(),
    isSidechain: sidechain,
    userType: 'external',
    cwd: context.cwd,
    sessionId: context.sessionId,
    version: context.version,
    gitBranch: context.gitBranch,
  };
}

function usageOf(response: Response, output: number, last: boolean): object {
  const { tokens, style, fast, tier, advisors } = response;
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  const object = {
    ephemeral_5m_input_tokens: tokens.cacheWrite5m,
    ephemeral_1h_input_tokens: tokens.cacheWrite1h,
  };
  return {
    input_tokens: tokens.input,
    cache_creation_input_tokens:
      style.cache === 'disagree' ? (written % 2 === 0 ? 0 : written + 1234) : written,
    cache_read_input_tokens: tokens.cacheRead,
    ...(style.cache === 'null'
      ? { cache_creation: null }
      : style.cache === 'flat'
        ? {}
        : { cache_creation: object }),
    output_tokens: output,
    ...(tier === '' ? {} : { service_tier: tier }),
    ...(fast ? { speed: 'fast' } : {}),
    ...(style.iterations ? { iterations: last ? iterationsOf(tokens, advisors) : [] } : {}),
  };
}

/** An advisor's usage stands among the iterations; one without a model adds nothing. */
function iterationsOf(tokens: Tokens, advisors: readonly Advisor[]): object[] {
  if (advisors.length === 0) return [];
  const own = { type: 'message', model: null, input_tokens: tokens.input, output_tokens: tokens.output };
  const others = advisors.map(({ model, tokens: asked }) => ({
    type: 'advisor_message',
    model,
    input_tokens: asked.input,
    cache_creation_input_tokens: asked.cacheWrite5m,
    cache_read_input_tokens: asked.cacheRead,
    output_tokens: asked.output,
  }));
  const nameless = { type: 'advisor_message', model: null, input_tokens: 11, output_tokens: 11 };
  return [own, ...others, ...(advisors.length > 1 ? [nameless] : [])];
}

function messageOf(response: Response, part: Part, text: string, last: boolean): object {
  return {
    ...(response.messageId === undefined ? {} : { id: response.messageId }),
    type: 'message',
    role: 'assistant',
    model: response.error === undefined ? response.model : '<synthetic>',
    content: [{ type: 'text', text: response.error ?? text }],
    stop_reason: last ? 'end_turn' : null,
    stop_sequence: null,
    usage: usageOf(response, part.output, last || part.output === response.tokens.output),
  };
}

/** One line of a response. `sidechain` defaults to whether a sub-agent answered. */
export function assistantRecord(response: Response, part: Part, prng: Prng, text: string): object {
  const { context, style, requestId, subagent, costUsd } = response;
  const last = part === response.parts[response.parts.length - 1];
  const sidechain = subagent !== '';
  return {
    ...envelope(context, prng, style.nulls && !sidechain ? null : sidechain),
    ...(subagent === '' ? {} : { agentId: subagent }),
    message: messageOf(response, part, style.loneSurrogate ? `${text} \ud83d` : text, last),
    ...(requestId === undefined ? {} : { requestId }),
    type: 'assistant',
    ...(response.error === undefined ? {} : { isApiErrorMessage: true }),
    ...(costUsd === undefined ? (style.nulls ? { costUSD: null } : {}) : { costUSD: costUsd }),
    uuid: prng.uuid(),
    timestamp: timestamp(part.ts, style.timestamp),
  };
}

/** A sub-agent's response as its caller's log repeats it; the outer timestamp is another. */
export function progressRecord(response: Response, part: Part, prng: Prng, text: string): object {
  const { context, style, requestId, subagent } = response;
  const last = part === response.parts[response.parts.length - 1];
  return {
    ...envelope(context, prng, false),
    type: 'progress',
    data: {
      message: {
        type: 'assistant',
        timestamp: timestamp(part.ts, style.timestamp),
        message: messageOf(response, part, text, last),
        ...(requestId === undefined ? {} : { requestId }),
        uuid: prng.uuid(),
      },
      type: 'agent_progress',
      agentId: subagent,
    },
    toolUseID: `agent_msg_01${prng.base62(22)}`,
    uuid: prng.uuid(),
    timestamp: timestamp(part.ts + prng.int(200, 9000)),
  };
}

/** What a person wrote. */
export function userRecord(
  context: SessionContext,
  ts: number,
  prng: Prng,
  text: string,
  subagent = '',
): object {
  return {
    ...envelope(context, prng, subagent !== ''),
    ...(subagent === '' ? {} : { agentId: subagent }),
    type: 'user',
    message: { role: 'user', content: text },
    uuid: prng.uuid(),
    timestamp: timestamp(ts),
  };
}

/** What a tool gave back; `usage`: the tool was a sub-agent and says what it used, which is no event. */
export function toolResultRecord(
  context: SessionContext,
  ts: number,
  prng: Prng,
  text: string,
  usage: boolean,
): object {
  const content = [{ tool_use_id: `toolu_01${prng.base62(22)}`, type: 'tool_result', content: text }];
  const told = {
    status: 'completed',
    totalTokens: 4321,
    usage: { input_tokens: 21, cache_read_input_tokens: 4000, output_tokens: 300 },
  };
  return {
    ...envelope(context, prng, false),
    type: 'user',
    message: { role: 'user', content },
    uuid: prng.uuid(),
    timestamp: timestamp(ts),
    ...(usage ? { toolUseResult: told } : {}),
  };
}

/** Records that have neither session nor usage. */
export function housekeepingRecord(prng: Prng, ts: number): object {
  if (prng.chance(0.5)) return { type: 'summary', summary: 'What was done before', leafUuid: prng.uuid() };
  const snapshot = { messageId: prng.uuid(), trackedFileBackups: {}, timestamp: timestamp(ts) };
  return { type: 'file-history-snapshot', messageId: snapshot.messageId, snapshot, isSnapshotUpdate: false };
}
