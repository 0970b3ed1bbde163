/** Droid's settings as generated: running totals of a session. */
import { Prng } from './prng.ts';
import {
  asJson,
  badWeight,
  NO_USAGE,
  type Rewritten,
  type RewrittenOptions,
  startOf,
  unknownFields,
} from './rewritten.ts';

export function generateDroid(options: RewrittenOptions): Rewritten {
  const result: Rewritten = { files: [], earlier: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`droid ${options.seed}`).fork(n);
    const sessionId = prng.uuid();
    const path = `${sessionId}.settings.json`;
    const ts = startOf(prng, options, n, 60_001);
    const [model, lock] = prng.pick([
      ['claude-opus-4-5-20251101', 'anthropic'],
      ['gpt-5', 'openai'],
      ['custom:GPT-5-[gateway]-0', 'openai'],
    ] as const);
    const settings = (tokenUsage: object) =>
      asJson(prng, {
        model,
        providerLock: lock,
        providerLockTimestamp: new Date(ts).toISOString(),
        tokenUsage,
        ...unknownFields(prng),
      });
    const counts = {
      input: prng.magnitude(1, 90_000),
      output: prng.magnitude(1, 9000),
      write: prng.magnitude(1, 90_000),
      read: prng.magnitude(1, 900_000),
      thinking: prng.int(0, 400),
    };
    const kind = prng.weighted([
      ['plain', 5],
      ['total', 2],
      ['within', 2],
      ['nothing', 1],
      ['bad', badWeight(options)],
    ] as const);
    const told = (share: number) => toldAs(kind, counts, share);
    result.files.push({ path, content: settings(told(1)) });
    if (kind !== 'bad') result.earlier.push({ path, content: settings(told(0.4)) });
    if (kind === 'bad') result.rejected++;
    if (kind === 'bad' || kind === 'nothing') continue;
    const { input, output, write, read, thinking } = counts;
    result.truth.push({
      ...{ ...NO_USAGE, ts, sessionId, model: model.startsWith('custom:') ? 'GPT-5' : model },
      ...{ input, cacheWrite: write, cacheRead: read, output: output + thinking, reasoning: thinking },
    });
  }
  return result;
}

interface Counts {
  input: number;
  output: number;
  write: number;
  read: number;
  thinking: number;
}

/** Totals as they stood when a share of the session was done. */
function toldAs(
  kind: 'plain' | 'total' | 'within' | 'nothing' | 'bad',
  counts: Counts,
  share: number,
): object {
  const part = (count: number) => Math.floor(count * share);
  const [input, output, write, read, thinking] = [
    counts.input,
    counts.output,
    counts.write,
    counts.read,
    counts.thinking,
  ].map(part) as [number, number, number, number, number];
  const cached = { cacheCreationTokens: write, cacheReadTokens: read, thinkingTokens: thinking };
  if (kind === 'nothing') return { inputTokens: 0, outputTokens: 0 };
  if (kind === 'bad') return { inputTokens: -1, outputTokens: output };
  if (kind === 'plain') return { inputTokens: input, outputTokens: output, ...cached };
  // the total says whether thinking is part of the output
  const totalTokens = input + output + write + read + thinking;
  return {
    inputTokens: input,
    outputTokens: kind === 'within' ? output + thinking : output,
    ...cached,
    totalTokens,
  };
}
