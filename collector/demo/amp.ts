/** Amp threads as generated: with a ledger, or with usage beside the messages. */
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

export const AMP_VARIANTS = ['ledger', 'messages'] as const;
export type AmpVariant = (typeof AMP_VARIANTS)[number];

interface Turn {
  message: Record<string, unknown>;
  events: Record<string, unknown>[];
  truth: TrueUsage[];
  rejected: number;
}

export function generateAmp(options: RewrittenOptions & { variant: AmpVariant }): Rewritten {
  const result: Rewritten = { files: [], earlier: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`amp ${options.variant} ${options.seed}`).fork(n);
    const id = `T-${prng.uuid()}`;
    const start = startOf(prng, options, n, 3_600_000);
    const turns = Array.from({ length: prng.int(1, 10) }, (_, i) =>
      drawTurn(prng, id, 2 * i + 1, start + i * 47_000, options),
    );
    const document = (list: Turn[]) => ({
      ...{ v: 3, id, created: start, ...unknownFields(prng) },
      messages: list.flatMap(({ message }, i) => [
        { role: 'user', messageId: 2 * i, content: talk(prng) },
        message,
      ]),
      ...(options.variant === 'ledger' && { usageLedger: { events: list.flatMap(({ events }) => events) } }),
    });
    result.files.push({ path: `${id}.json`, content: asJson(prng, document(turns)) });
    result.earlier.push({
      path: `${id}.json`,
      content: asJson(prng, document(turns.slice(0, prng.int(0, turns.length)))),
    });
    for (const turn of turns) {
      result.truth.push(...turn.truth);
      result.rejected += turn.rejected;
    }
  }
  return result;
}

function drawTurn(
  prng: Prng,
  sessionId: string,
  messageId: number,
  ts: number,
  options: RewrittenOptions & { variant: AmpVariant },
): Turn {
  const model = prng.pick(['claude-sonnet-4-5-20250929', 'claude-haiku-4-5-20251001', 'gpt-5']);
  const timestamp = new Date(ts).toISOString();
  const [input, output] = [prng.magnitude(1, 900), prng.magnitude(1, 900)];
  const [write, read] = [prng.chance(0.5) ? prng.magnitude(1, 9000) : 0, prng.magnitude(1, 90_000)];
  const usage = {
    model,
    inputTokens: input,
    outputTokens: output,
    cacheCreationInputTokens: write,
    cacheReadInputTokens: read,
    timestamp,
  };
  const message = {
    role: 'assistant',
    messageId,
    content: [{ type: 'text', text: talk(prng) }],
    usage,
    ...unknownFields(prng),
  };
  const event = { ...NO_USAGE, ts, sessionId, model };
  const whole: TrueUsage = { ...event, input, output, cacheWrite: write, cacheRead: read };
  if (options.variant === 'messages') return { message, events: [], truth: [whole], rejected: 0 };
  const turn: Turn = {
    message,
    events: [
      { id: prng.uuid(), timestamp, model, toMessageId: messageId, credits: 1.5, tokens: { input, output } },
    ],
    truth: [whole],
    rejected: 0,
  };
  // another event of the same message, whose cached tokens must not count again
  if (prng.chance(0.2)) {
    turn.events.push({
      id: prng.uuid(),
      timestamp,
      model: 'gpt-5-mini',
      operationType: 'title-generation',
      toMessageId: messageId,
      tokens: { input: 30, output: 4 },
    });
    turn.truth.push({ ...event, model: 'gpt-5-mini', input: 30, output: 4 });
  }
  if (prng.chance(0.15)) {
    turn.events.push({ id: prng.uuid(), timestamp, model: 'gpt-5', tokens: { total: 77 } });
    turn.truth.push({ ...event, model: 'gpt-5', unclassified: 77 });
  }
  if (prng.chance(0.1 * badWeight(options))) {
    turn.events.push({ id: prng.uuid(), timestamp, model, tokens: { input: -5, output } });
    turn.rejected++;
  }
  if (prng.chance(0.1))
    turn.events.push({ id: prng.uuid(), timestamp, model, tokens: { input: 0, output: 0 } });
  return turn;
}
