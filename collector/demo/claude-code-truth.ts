/** The true events of a response. */
import type { Response } from './claude-code-response.ts';
import { responseTime } from './claude-code-response.ts';
import type { TrueEvent } from './truth.ts';
import { NO_TOKENS } from './tokens.ts';

/** What a reader must find of a response, once. */
export interface ClaudeEvent extends TrueEvent {
  /** '' when the line has none; `<id>:advisor:<n>` for an advisor. */
  messageId: string;
  requestId: string;
  /**
   * Sessions whose copies are equally good (a resumed session repeats what came before under its own
   * id); `sessionId` is the first of them, where it happened.
   */
  sessionIds: string[];
  gitBranch: string;
  version: string;
  /** '' on the main thread. */
  subagent: string;
  /** `fast`, or ''. */
  speed: string;
  serviceTier: string;
  /** What the line said, undefined when it said nothing. */
  costUsd: number | undefined;
  /** Milliseconds since the epoch at which a usage limit ends, from the line that told of it. */
  limitResetsAt: number | undefined;
  /** Whether the line that counts shares its line with another: a reader that does not split loses it. */
  glued: boolean;
  /** Whether the line that counts ends its file without a newline. */
  unterminated: boolean;
}

/** The event of the response itself, then those of its advisors. */
export function eventsOf(response: Response, atTheTime = responseTime(response)): ClaudeEvent[] {
  const { context, messageId, requestId, error } = response;
  const limit = error?.match(/reached\|(\d+)$/)?.[1];
  const base: ClaudeEvent = {
    ts: atTheTime,
    identity: identityOf(response, atTheTime),
    sessionId: context.sessionId,
    sessionIds: [context.sessionId],
    messageId: messageId ?? '',
    requestId: requestId ?? '',
    model: response.model,
    project: context.cwd,
    status: error === undefined ? 'ok' : 'error',
    ...response.tokens,
    gitBranch: context.gitBranch,
    version: context.version,
    subagent: response.subagent,
    speed: response.fast ? 'fast' : '',
    serviceTier: response.tier,
    costUsd: response.costUsd,
    limitResetsAt: limit === undefined ? undefined : Number(limit) * 1000,
    glued: false,
    unterminated: false,
  };
  return [base, ...advisorEvents(response, base)];
}

function advisorEvents({ advisors, messageId }: Response, base: ClaudeEvent): ClaudeEvent[] {
  return advisors.map(({ model, tokens }, index) => ({
    ...base,
    ...NO_TOKENS,
    ...tokens,
    model,
    messageId: `${messageId ?? ''}:advisor:${index}`,
    identity: `${base.identity}:advisor:${index}`,
    sessionIds: [...base.sessionIds],
    costUsd: undefined,
  }));
}

/** `msg_` ids are unique in the world; others only with their request, or their session and time. */
function identityOf({ messageId, requestId, context }: Response, ts: number): string {
  if (messageId?.startsWith('msg_')) return messageId;
  if (messageId !== undefined && requestId !== undefined) return `${messageId} ${requestId}`;
  return `${messageId ?? '(none)'} ${context.sessionId} ${ts}`;
}
