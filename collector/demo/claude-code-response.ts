/** One answer of the API: what it really used, and how it came to the log. */
import type { Strikes } from './claude-code-hazards.ts';
import type { TimestampStyle } from './clock.ts';
import { MINUTE, SECOND, nextBoundary } from './clock.ts';
import type { Prng } from './prng.ts';
import type { Tokens, WeightedModels } from './tokens.ts';
import { NO_TOKENS, UNKNOWN_MODEL, drawTokens } from './tokens.ts';

/** What the lines of a session have in common. */
export interface SessionContext {
  sessionId: string;
  cwd: string;
  version: string;
  gitBranch: string;
}

/** One line of a streamed response. */
export interface Part {
  ts: number;
  output: number;
}

/** A model that was asked within a response, and counts for itself. */
export interface Advisor {
  model: string;
  tokens: Tokens;
}

/** How a response is written. */
export interface ResponseStyle {
  timestamp: TimestampStyle;
  /** `object`: both; `disagree`: the object replaces a flat field that says otherwise; `flat`: no object. */
  cache: 'object' | 'disagree' | 'flat' | 'null';
  spaced: boolean;
  nulls: boolean;
  iterations: boolean;
  loneSurrogate: boolean;
}

export interface Response {
  context: SessionContext;
  /** Undefined: the line has none. */
  messageId: string | undefined;
  requestId: string | undefined;
  /** '' for errors, which the log calls `<synthetic>`. */
  model: string;
  tokens: Tokens;
  parts: Part[];
  advisors: Advisor[];
  fast: boolean;
  tier: string;
  costUsd: number | undefined;
  /** The sub-agent's id, '' on the main thread. */
  subagent: string;
  error: string | undefined;
  style: ResponseStyle;
}

/** What a response is drawn from. */
export interface Draw {
  prng: Prng;
  strikes: Strikes;
  context: SessionContext;
  models: WeightedModels;
  turn: number;
  subagent: string;
}

/** A response that begins at `ts` or a little later. Its id decides how often it may be written. */
export function drawResponse(draw: Draw, ts: number, until: number): Response {
  const { prng, strikes } = draw;
  const style = drawStyle(draw);
  const response: Response = {
    context: draw.context,
    messageId: `msg_01${prng.base62(22)}`,
    requestId: `req_011C${prng.base62(20)}`,
    model: strikes('unknownModels', 0.03) ? UNKNOWN_MODEL : prng.weighted(draw.models),
    tokens: drawTokens(prng, draw.turn),
    parts: [],
    advisors: [],
    fast: strikes('fastMode', 0.06),
    tier: strikes('batchTier', 0.05) ? 'batch' : 'standard',
    costUsd: strikes('costUsd', 0.1) ? prng.int(1, 900_000) / 1_000_000 : undefined,
    subagent: draw.subagent,
    error: undefined,
    style,
  };
  drawIds(response, draw);
  if (style.cache === 'flat' || style.cache === 'null') response.tokens.cacheWrite1h = 0;
  if (style.iterations && response.messageId !== undefined) response.advisors = drawAdvisors(prng);
  response.parts = drawParts(response, draw, alignedStart(response, draw, ts, until));
  return response;
}

function drawStyle({ prng, strikes }: Draw): ResponseStyle {
  const cache = strikes('flatCacheWrites', 0.15)
    ? 'flat'
    : strikes('cacheCreationDisagrees', 0.1)
      ? prng.pick(['disagree', 'null'] as const)
      : 'object';
  return {
    cache,
    timestamp: strikes('timestampStyles', 0.2) ? prng.pick(['seconds', 'offset'] as const) : 'utc',
    spaced: strikes('spacedJson', 0.06),
    nulls: strikes('nulls', 0.08),
    iterations: strikes('iterations', 0.08),
    loneSurrogate: strikes('loneSurrogates', 0.05),
  };
}

function drawIds(response: Response, { prng, strikes }: Draw): void {
  if (strikes('missingRequestIds', 0.06)) {
    response.requestId = undefined;
  } else if (strikes('bedrockIds', 0.05)) {
    response.messageId = `msg_bdrk_01${prng.base62(22)}`;
  } else if (strikes('foreignIds', 0.06)) {
    response.messageId = prng.pick([
      `chatcmpl-${prng.base62(20)}`,
      prng.uuid(),
      `gen-${prng.int(1, 9)}${prng.hex(12)}`,
    ]);
    if (prng.chance(0.5)) response.requestId = undefined;
  } else if (strikes('missingMessageIds', 0.03)) {
    response.messageId = undefined;
    if (prng.chance(0.5)) response.requestId = undefined;
  }
}

function drawAdvisors(prng: Prng): Advisor[] {
  const count = prng.int(0, 2);
  return Array.from({ length: count }, () => ({
    model: prng.pick(['claude-opus-4-5-20251101', 'claude-sonnet-4-5-20250929']),
    tokens: { ...drawTokens(prng, prng.int(0, 5)), cacheWrite1h: 0 },
  }));
}

/** Where the first part stands: at times just before a boundary, so that the last falls behind it. */
function alignedStart(response: Response, { prng, strikes }: Draw, ts: number, until: number): number {
  let start = ts;
  if (mayRepeat(response) && strikes('boundaryCrossings', 0.08)) {
    const boundary = nextBoundary(
      ts,
      prng.weighted([
        ['hour', 6],
        ['day', 3],
        ['month', 1],
      ] as const),
    );
    if (boundary + 10 * MINUTE < until) start = boundary - prng.int(1, 1400);
  }
  return response.style.timestamp === 'seconds' ? Math.floor(start / SECOND) * SECOND : start;
}

/**
 * The lines of a response. The fullest is the last, or the first of several alike at the end: on
 * equal tokens the earlier decides.
 */
function drawParts(response: Response, { prng, strikes }: Draw, start: number): Part[] {
  const final = response.tokens.output;
  if (!mayRepeat(response) || final < 10 || !strikes('streamedParts', 0.6))
    return [{ ts: start, output: final }];
  const outputs = [1];
  for (let more = prng.int(0, 2); more > 0; more--) outputs.push(prng.int(1, final - 1));
  outputs.sort((a, b) => a - b).push(final);
  if (prng.chance(0.3)) outputs.push(final);
  const whole = response.style.timestamp === 'seconds';
  let ts = start;
  return outputs.map((output, index) => {
    if (index > 0) ts += whole ? prng.int(2, 4) * SECOND : prng.int(1500, 4000);
    return { ts, output };
  });
}

/** The time that counts: that of the first of the fullest lines. */
export function responseTime(response: Response): number {
  return (response.parts.find(({ output }) => output === response.tokens.output) as Part).ts;
}

/** Whether lines of this response at other times are still the same event. */
export function mayRepeat({ messageId, requestId }: Response): boolean {
  return messageId !== undefined && (messageId.startsWith('msg_') || requestId !== undefined);
}

/** The client's own line about a request that failed; it has no usage to speak of. */
export function drawError({ prng, context, subagent }: Draw, ts: number, limit: boolean): Response {
  const reset = Math.floor(ts / SECOND) + prng.int(600, 18_000);
  const error = limit
    ? `Claude AI usage limit reached|${reset}`
    : prng.pick(['API Error: 529 Overloaded', 'API Error: Connection error.', 'Prompt is too long']);
  return {
    context,
    messageId: prng.uuid(),
    requestId: undefined,
    model: '',
    tokens: { ...NO_TOKENS },
    parts: [{ ts, output: 0 }],
    advisors: [],
    fast: false,
    tier: '',
    costUsd: undefined,
    subagent,
    error,
    style: {
      timestamp: 'utc',
      cache: 'object',
      spaced: false,
      nulls: false,
      iterations: false,
      loneSurrogate: false,
    },
  };
}
