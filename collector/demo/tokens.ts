/** Token counts and models as agents' logs have them. */
import type { Prng } from './prng.ts';

/** Kinds of tokens; they add up. */
export interface Tokens {
  input: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  output: number;
}

export const NO_TOKENS: Tokens = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };

export type WeightedModels = readonly (readonly [string, number])[];

export const CLAUDE_MODELS: WeightedModels = [
  ['claude-sonnet-4-5-20250929', 5],
  ['claude-opus-4-5-20251101', 4],
  ['claude-haiku-4-5-20251001', 2],
  ['claude-sonnet-4-20250514', 1],
  ['claude-opus-4-1-20250805', 1],
  ['claude-3-5-haiku-20241022', 0.5],
];

/** A name that no price list knows. */
export const UNKNOWN_MODEL = 'claude-experimental-x';

export const CODEX_MODELS: WeightedModels = [
  ['gpt-5-codex', 5],
  ['gpt-5', 2],
  ['gpt-5.1-codex', 2],
  ['gpt-5-mini', 1],
];

export const CURSOR_MODELS: WeightedModels = [
  ['claude-4.5-sonnet-thinking', 4],
  ['claude-4.5-opus-high-thinking', 3],
  ['gpt-5-codex', 2],
  ['gpt-5-fast', 1],
  ['composer-1', 2],
  ['auto', 3],
  ['default', 1],
  ['agent_review', 0.5],
  ['us.anthropic.claude-opus-4-6-v1', 0.5],
];

/** One response of a conversation that has come as far as `turn`: its cache grows with it. */
export function drawTokens(prng: Prng, turn: number): Tokens {
  return {
    input: prng.magnitude(3, 4000),
    cacheWrite5m: prng.chance(0.85) ? prng.magnitude(200, 20_000) : 0,
    cacheWrite1h: prng.chance(0.15) ? prng.magnitude(200, 20_000) : 0,
    cacheRead: turn === 0 ? 0 : 12_000 + prng.int(0, 3000) * Math.min(turn, 40),
    output: prng.magnitude(6, 6000),
  };
}

export function totalTokens(tokens: Tokens): number {
  return tokens.input + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead + tokens.output;
}
