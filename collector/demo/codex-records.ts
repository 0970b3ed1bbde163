/** The items of Codex rollouts. */
import type { CodexStrikes } from './codex-hazards.ts';
import type { Prng } from './prng.ts';

/** Usage as Codex counts it: cached is a part of input, reasoning of output. */
export interface CodexUsage {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
}

export const NO_USAGE: CodexUsage = { input: 0, cached: 0, output: 0, reasoning: 0 };

/** What stands on a line, without its timestamp. */
export interface RolloutItem {
  type: string;
  payload: Record<string, unknown>;
}

export function addUsage(a: CodexUsage, b: CodexUsage): CodexUsage {
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** The names a usage object goes by, in the versions that wrote them. */
const NAMES = [
  ['input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_output_tokens'],
  ['prompt_tokens', 'cache_read_input_tokens', 'completion_tokens', 'reasoning_tokens'],
  ['input', 'cached_tokens', 'output', 'reasoning_tokens'],
] as const;

/** How a thread's version writes numbers. */
export interface UsageStyle {
  names: (typeof NAMES)[number];
  strings: boolean;
}

export function drawUsageStyle(prng: Prng, strikes: CodexStrikes): UsageStyle {
  const names = strikes('alternativeNames', 0.3) ? prng.pick([NAMES[1], NAMES[2]]) : NAMES[0];
  return { names, strings: strikes('numericStrings', 0.2) };
}

function usageObject(usage: CodexUsage, { names, strings }: UsageStyle): object {
  const number = (value: number) => (strings ? String(value) : value);
  const [input, cached, output, reasoning] = names;
  return {
    [input]: number(usage.input),
    [cached]: number(usage.cached),
    [output]: number(usage.output),
    [reasoning]: number(usage.reasoning),
    total_tokens: number(usage.input + usage.output),
  };
}

/** A `token_count` event; without either usage its info is null. */
export function tokenCount(style: UsageStyle, totals?: CodexUsage, last?: CodexUsage): RolloutItem {
  const info = {
    ...(totals && { total_token_usage: usageObject(totals, style) }),
    ...(last && { last_token_usage: usageObject(last, style) }),
    model_context_window: 272_000,
  };
  const limits = { primary: { used_percent: 12.5, window_minutes: 300 } };
  return {
    type: 'event_msg',
    payload: { type: 'token_count', info: totals || last ? info : null, rate_limits: limits },
  };
}

/** Where a thread came from. */
export interface Origin {
  kind: 'fork' | 'subagent';
  parentId: string;
}

export function sessionMeta(id: string, cwd: string, startedAt: number, origin?: Origin): RolloutItem {
  const spawned = { subagent: { thread_spawn: { parent_thread_id: origin?.parentId, depth: 1 } } };
  const payload = {
    id,
    timestamp: new Date(startedAt).toISOString(),
    cwd,
    originator: 'codex_cli_rs',
    cli_version: '0.146.0',
    model_provider: 'openai',
    ...(origin?.kind === 'fork' && { forked_from_id: origin.parentId }),
    source: origin?.kind === 'subagent' ? spawned : 'cli',
  };
  return { type: 'session_meta', payload };
}

/** Names the model, in one of the ways it was ever named. */
export function turnContext(cwd: string, model: string, prng: Prng, alternative: boolean): RolloutItem {
  const named = alternative ? prng.pick([{ model_name: model }, { metadata: { model } }]) : { model };
  return {
    type: 'turn_context',
    payload: { cwd, approval_policy: 'on-request', ...named, effort: 'medium' },
  };
}

export function serviceTier(tier: string): RolloutItem {
  return {
    type: 'event_msg',
    payload: { type: 'thread_settings_applied', thread_settings: { service_tier: tier } },
  };
}

export function message(role: 'user' | 'assistant', text: string): RolloutItem {
  const type = role === 'user' ? 'input_text' : 'output_text';
  return { type: 'response_item', payload: { type: 'message', role, content: [{ type, text }] } };
}

export function toolOutput(prng: Prng, text: string): RolloutItem {
  const payload = { type: 'function_call_output', call_id: `call_${prng.base62(24)}`, output: text };
  return { type: 'response_item', payload };
}

export function compacted(): RolloutItem {
  return { type: 'compacted', payload: { message: 'What was said so far, in short.' } };
}
