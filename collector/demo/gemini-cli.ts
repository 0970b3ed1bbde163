/** Gemini CLI sessions as generated: documents and JSON lines, with every quirk that is known. */
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

export const GEMINI_VARIANTS = ['document', 'lines'] as const;
export type GeminiVariant = (typeof GEMINI_VARIANTS)[number];

export interface GeminiOptions extends RewrittenOptions {
  variant: GeminiVariant;
  models?: readonly string[];
}

const MODELS = ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-3-pro-preview'];

interface Message {
  record: Record<string, unknown>;
  /** A record of the same message that was written before. */
  draft?: Record<string, unknown>;
  truth?: TrueUsage;
  bad?: boolean;
}

export function generateGeminiCli(options: GeminiOptions): Rewritten {
  const result: Rewritten = { files: [], earlier: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`gemini ${options.variant} ${options.seed}`).fork(n);
    const sessionId = prng.uuid();
    const start = startOf(prng, options, n, 3_600_000);
    const head = {
      sessionId,
      projectHash: prng.hex(64),
      startTime: new Date(start).toISOString(),
      ...unknownFields(prng),
    };
    const messages = Array.from({ length: prng.int(1, 12) }, (_, i) =>
      drawMessage(prng, sessionId, start + i * 61_000, options),
    );
    const path = `${head.projectHash}/chats/session-${n}.${options.variant === 'lines' ? 'jsonl' : 'json'}`;
    const some = messages.slice(0, prng.int(0, messages.length));
    const text = (list: Message[], drafts: boolean): string =>
      options.variant === 'lines'
        ? linesOf(head, list)
        : documentOf(prng.fork(`${drafts}`), head, list, drafts);
    result.files.push({ path, content: text(messages, false) });
    result.earlier.push({ path, content: text(some, true) });
    for (const { truth, bad } of messages) {
      if (truth) result.truth.push(truth);
      if (bad) result.rejected++;
    }
  }
  return result;
}

function documentOf(prng: Prng, head: object, messages: Message[], drafts: boolean): string {
  return asJson(prng, {
    ...head,
    messages: messages.map(({ record, draft }) => (drafts && draft) || record),
  });
}

/** The session first, then every state of a message. */
function linesOf(head: object, messages: Message[]): string {
  const records = messages.flatMap(({ record, draft }) => (draft ? [draft, record] : [record]));
  return [head, ...records, { $set: { lastUpdated: 'now' } }]
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');
}

function drawMessage(prng: Prng, sessionId: string, ts: number, options: GeminiOptions): Message {
  const base = {
    id: prng.uuid(),
    timestamp: new Date(ts).toISOString(),
    content: talk(prng),
    ...unknownFields(prng),
  };
  const model = prng.pick(options.models ?? MODELS);
  const kind = prng.weighted([
    ['user', 2],
    ['usual', 8],
    ['beside', 1],
    ['total', 1],
    ['pending', 1],
    ['nothing', 1],
    ['bad', badWeight(options)],
  ] as const);
  if (kind === 'user') return { record: { ...base, type: 'user' } };
  if (kind === 'pending') return { record: { ...base, type: 'gemini', model, tokens: null } };
  const of = (tokens: object) => ({ ...base, type: 'gemini', model, tokens });
  if (kind === 'nothing')
    return { record: of({ input: 0, output: 0, cached: 0, thoughts: 0, tool: 0, total: 0 }) };
  if (kind === 'bad') return { record: of({ input: prng.pick([-1, 1.5, 'many']), output: 3 }), bad: true };
  const event = { ...NO_USAGE, ts, sessionId, model };
  if (kind === 'total') {
    const total = prng.magnitude(1, 9000);
    return { record: of({ total }), truth: { ...event, unclassified: total } };
  }
  const [input, cached, output] = [
    prng.magnitude(10, 90_000),
    prng.chance(0.7) ? prng.magnitude(10, 90_000) : 0,
    prng.magnitude(1, 900),
  ];
  const [thoughts, tool] = [prng.chance(0.5) ? prng.int(1, 500) : 0, prng.chance(0.2) ? prng.int(1, 50) : 0];
  const sum = input + tool + cached + output + thoughts;
  const told = { output, cached, thoughts, tool, total: sum };
  const truth: TrueUsage = {
    ...event,
    input: input + tool,
    cacheRead: cached,
    output: output + thoughts,
    reasoning: thoughts,
  };
  // usually the prompt includes what was cached; in some files it stands beside
  const record = of({ ...told, input: kind === 'beside' ? input : input + cached });
  const draft = prng.chance(0.3)
    ? of({ input: 5, output: 1, cached: 0, thoughts: 0, tool: 0, total: 6 })
    : undefined;
  return { record, truth, ...(draft && { draft }) };
}
