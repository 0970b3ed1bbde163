/** Tasks of Cline and Roo Code, and transcripts of Cline's CLI, as generated. */
import { Prng } from './prng.ts';
import {
  asJson,
  badWeight,
  NO_USAGE,
  type Rewritten,
  type RewrittenOptions,
  startOf,
  talk,
  type TrueUsage,
  unknownFields,
} from './rewritten.ts';

export const CLINE_VARIANTS = ['cline', 'roo', 'cli'] as const;
export type ClineVariant = (typeof CLINE_VARIANTS)[number];

/** Every request tells what it cost, in dollars. */
type ClineUsage = TrueUsage & { reportedCostUsd: string };
type ClineTasks = Rewritten & { truth: ClineUsage[] };

interface Request {
  messages: Record<string, unknown>[];
  /** As long as it was under way. */
  before: Record<string, unknown>[];
  truth?: ClineUsage;
  bad: boolean;
}

const FOLDERS = { cline: 'saoudrizwan.claude-dev', roo: 'rooveterinaryinc.roo-cline' };

export function generateCline(options: RewrittenOptions & { variant: ClineVariant }): ClineTasks {
  const { variant } = options;
  const result: ClineTasks = { files: [], earlier: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`cline ${variant} ${options.seed}`).fork(n);
    const start = startOf(prng, options, n, 3_600_000) + prng.int(0, 999);
    const sessionId = variant === 'cli' ? prng.uuid() : String(start);
    const requests = Array.from({ length: prng.int(1, 10) }, (_, i) =>
      drawRequest(prng, options, sessionId, start + 1000 + i * 23_000),
    );
    const document = (parts: Record<string, unknown>[][]) =>
      variant === 'cli'
        ? {
            version: 1,
            sessionId,
            ...unknownFields(prng),
            messages: [{ role: 'user', ts: start, content: [] }, ...parts.flat()],
          }
        : [
            { ts: start, type: 'say', say: variant === 'roo' ? 'text' : 'task', text: talk(prng) },
            ...parts.flat(),
          ];
    const path =
      variant === 'cli'
        ? `sessions/${sessionId}.messages.json`
        : `globalStorage/${FOLDERS[variant]}/tasks/${sessionId}/ui_messages.json`;
    const done = prng.int(1, requests.length);
    const earlier = [
      ...requests.slice(0, done - 1).map(({ messages }) => messages),
      requests[done - 1]!.before,
    ];
    result.files.push({ path, content: asJson(prng, document(requests.map(({ messages }) => messages))) });
    if (variant !== 'cli' || done > 1)
      result.earlier.push({ path, content: asJson(prng, document(earlier)) });
    for (const { truth, bad } of requests) {
      if (truth) result.truth.push(truth);
      if (bad) result.rejected++;
    }
  }
  return result;
}

function drawRequest(
  prng: Prng,
  options: RewrittenOptions & { variant: ClineVariant },
  sessionId: string,
  ts: number,
): Request {
  const { variant } = options;
  const model = prng.pick(['claude-sonnet-4-5', 'gpt-5', 'gemini-2.5-pro']);
  const [input, output] = [prng.magnitude(1, 900), prng.magnitude(1, 900)];
  const [write, read] = [
    prng.chance(0.5) ? prng.magnitude(1, 9000) : 0,
    prng.chance(0.8) ? prng.magnitude(1000, 90_000) : 0,
  ];
  const bad = prng.chance(0.08 * badWeight(options));
  const truth: ClineUsage = {
    ...NO_USAGE,
    ts,
    sessionId,
    model,
    input,
    output,
    cacheWrite: write,
    cacheRead: read,
    reportedCostUsd: '0.01',
  };
  if (variant === 'cli') {
    const metrics = {
      inputTokens: bad ? -1 : input,
      outputTokens: output,
      cacheReadTokens: read,
      cacheWriteTokens: write,
      cost: 0.01,
    };
    const message = {
      role: 'assistant',
      ts,
      content: [{ type: 'text', text: talk(prng) }],
      modelInfo: { id: model, provider: 'any' },
      metrics,
    };
    return { messages: [message], before: [], bad, ...(!bad && { truth }) };
  }
  const cancelReason = prng.weighted([
    [undefined, 8],
    ['user_cancelled', 1],
    ['streaming_failed', 1],
  ] as const);
  const isRoo = variant === 'roo';
  const asked = { ...(isRoo && { apiProtocol: prng.pick(['anthropic', 'openai']) }), request: talk(prng) };
  // Roo's prompt includes what was cached
  const used = {
    tokensIn: bad ? -1 : isRoo ? input + write + read : input,
    tokensOut: output,
    cacheWrites: write,
    cacheReads: read,
    cost: 0.01,
    cancelReason,
  };
  const shown = (more: object) => ({
    ...{
      ts,
      type: 'say',
      say: 'api_req_started',
      text: JSON.stringify({ ...asked, ...more }),
      ...unknownFields(prng),
    },
    ...(!isRoo && { modelInfo: { providerId: 'any', modelId: model, mode: 'act' } }),
  });
  const status = cancelReason === undefined ? 'ok' : cancelReason === 'user_cancelled' ? 'aborted' : 'error';
  const answer = { ts: ts + 1, type: 'say', say: 'text', text: talk(prng) };
  return {
    messages: [shown(used), answer],
    before: [shown({})],
    bad,
    ...(!bad && { truth: { ...truth, status, model: isRoo ? '' : model } }),
  };
}
