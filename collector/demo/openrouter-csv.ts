/** OpenRouter's activity, by request and by day, and the truth of each row. */
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import {
  drawTime,
  type ExportOptions,
  type ExportRow,
  type ExportTruth,
  plainTruth,
  saidTags,
  toldDollars,
  type UsageExport,
} from './usage-export.ts';

/** `requests-search` has the columns in another order and counts search results; `days` is aggregated. */
export const OPENROUTER_VARIANTS = ['requests', 'requests-search', 'days'] as const;
export type OpenrouterVariant = (typeof OPENROUTER_VARIANTS)[number];

export interface OpenrouterOptions extends ExportOptions {
  variant?: OpenrouterVariant;
  /** Slug, and who makes the model. */
  models?: readonly (readonly [string, string])[];
}

const REQUEST = (
  'generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,' +
  'tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,' +
  'streamed,user,finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms'
).split(',');

const HEADERS: Record<OpenrouterVariant, readonly string[]> = {
  requests: [...REQUEST, 'app_name', 'api_key_name', 'api_key_disabled'],
  'requests-search': [...REQUEST, 'num_search_results', 'api_key_name', 'api_key_disabled', 'app_name'],
  days: [
    'Date',
    'Slug',
    'Usage',
    'BYOK Usage',
    'Requests',
    'Prompt Tokens',
    'Completion Tokens',
    'Reasoning Tokens',
  ],
};

/** Slug, and who makes the model. */
const MODELS = [
  ['openai/gpt-5.6-luna-20260709', 'openai'],
  ['anthropic/claude-4.6-opus-20260205', 'anthropic'],
  ['google/gemini-3-pro', 'google'],
  ['meta-llama/llama-4-scout', 'meta-llama'],
] as const;

const OUTCOMES = [
  ['ok', 8],
  ['aborted', 1],
  ['error', 1],
] as const;

export function generateOpenrouter(options: OpenrouterOptions): UsageExport {
  const variant = options.variant ?? 'requests';
  const prng = new Prng(options.seed).fork('openrouter');
  const draw = variant === 'days' ? drawDay : drawRequest;
  const rows = Array.from({ length: options.rows }, () => draw(prng, options));
  return { header: HEADERS[variant], rows };
}

/** Dollars as OpenRouter writes them: up to six digits, and tiny ones with an exponent. */
function dollars(prng: Prng): string {
  return prng.chance(0.1) ? `${prng.int(1, 9)}e-05` : (prng.magnitude(1, 4_000_000) / 1e6).toFixed(6);
}

const sum = (a: string, b: string) => (Number(a) + Number(b)).toFixed(9);

function drawRequest(prng: Prng, options: OpenrouterOptions): ExportRow {
  const ts = drawTime(prng, options);
  const outcome = prng.weighted(OUTCOMES);
  const request = {
    ts,
    id: `gen-${Math.floor(ts / 1000)}-${prng.base62(20)}`,
    named: prng.pick(options.models ?? MODELS),
    outcome,
    finish: outcome === 'ok' ? 'stop' : outcome === 'error' ? 'error' : '',
    duration: prng.chance(0.9) ? prng.int(50, 90_000) : undefined,
    tokens: drawTokens(prng, outcome),
    cost: options.quirks === false ? { ...PLAIN_COST } : drawCost(prng),
    user: prng.pick(options.users ?? ['ada', 'bob', '']),
    app: prng.pick(['Invented Agent', 'Agent, other', '']),
    key: prng.pick(['sample key', 'key "two"']),
    servedBy: prng.pick(['Azure', 'Anthropic', 'Groq']),
    variant: prng.pick(['standard', 'free', 'online']),
  };
  request.cost.total = toldDollars(requestTruth(request), options, () => request.cost.total || dollars(prng));
  return { ts, cells: requestCells(prng, request), truth: requestTruth(request) };
}

interface OpenrouterRequest {
  ts: number;
  id: string;
  named: readonly [string, string];
  outcome: ExportTruth['status'];
  finish: string;
  duration: number | undefined;
  tokens: ReturnType<typeof drawTokens>;
  cost: ReturnType<typeof drawCost>;
  user: string;
  app: string;
  key: string;
  servedBy: string;
  variant: string;
}

function requestTruth({ ts, named: [model, provider], tokens, cost, ...request }: OpenrouterRequest) {
  return {
    ...plainTruth({ ts, grain: 'request', provider, model }),
    user: request.user,
    requestId: request.id,
    status: request.outcome,
    input: tokens.prompt - tokens.cached,
    cacheRead: tokens.cached,
    output: tokens.completion,
    reasoning: tokens.reasoning,
    durationMs: request.duration,
    reportedCostUsd: sum(cost.total, cost.byok || '0'),
    tags: saidTags({
      served_by: request.servedBy,
      variant: request.variant,
      app: request.app,
      api_key: request.key,
      streamed: 'true',
      finish_reason: request.finish,
      byok: cost.byok && 'true',
      cost_byok: cost.byok,
      cost_cache: cost.cache,
      cost_web_search: cost.search,
    }),
  };
}

/** What a request does not have is empty or 0. */
function requestCells(prng: Prng, { tokens, cost, ...request }: OpenrouterRequest): Record<string, string> {
  return {
    generation_id: request.id,
    created_at: new Date(request.ts).toISOString().replace('T', ' ').slice(0, 23),
    cost_total: cost.total,
    cost_web_search: cost.search,
    cost_cache: cost.cache,
    byok_usage_inference: cost.byok || prng.pick(['0', '']),
    tokens_prompt: String(tokens.prompt),
    tokens_completion: tokens.completion === 0 ? '' : String(tokens.completion),
    tokens_reasoning: String(tokens.reasoning),
    tokens_cached: tokens.cached === 0 ? prng.pick(['', '0']) : String(tokens.cached),
    model_permaslug: request.named[0],
    provider_name: request.servedBy,
    variant: request.variant,
    cancelled: String(request.outcome === 'aborted'),
    streamed: 'true',
    user: request.user,
    finish_reason_normalized: request.finish,
    generation_time_ms: request.duration === undefined ? '' : String(request.duration),
    app_name: request.app,
    api_key_name: request.key,
    api_key_disabled: 'false',
    num_search_results: prng.pick(['', '5']),
  };
}

function drawTokens(prng: Prng, outcome: ExportTruth['status']) {
  const prompt = prng.magnitude(1, 200_000);
  const completion = outcome === 'aborted' ? 0 : prng.magnitude(1, 20_000);
  return {
    prompt,
    completion,
    reasoning: prng.chance(0.4) ? prng.int(0, completion) : 0,
    cached: prng.chance(0.5) ? prng.int(0, prompt) : 0,
  };
}

/** Nothing but what is in the total, which is told later. */
const PLAIN_COST = { total: '', cache: '', search: '', byok: '' };

/** A surcharge for writing to the cache is positive, what reading saved negative; both are in the total. */
function drawCost(prng: Prng) {
  return {
    total: dollars(prng),
    cache: prng.pick(['', '-0.006331', '0.0075']),
    search: prng.chance(0.1) ? '0.004' : '',
    byok: prng.chance(0.15) ? dollars(prng) : '',
  };
}

function drawDay(prng: Prng, options: OpenrouterOptions): ExportRow {
  const ts = Math.floor(prng.int(options.from, options.until - 1) / DAY) * DAY;
  const [model, provider] = prng.pick(MODELS);
  const [prompt, completion] = [prng.magnitude(1, 90_000_000), prng.magnitude(1, 9_000_000)];
  const reasoning = prng.chance(0.4) ? prng.int(0, completion) : 0;
  const requests = prng.magnitude(1, 5000);
  const total = dollars(prng);
  const byok = prng.chance(0.2) ? dollars(prng) : '';
  const truth: ExportTruth = {
    ...plainTruth({ ts, grain: 'bucket', provider, model }),
    requests,
    input: prompt,
    output: completion,
    reasoning,
    reportedCostUsd: sum(total, byok || '0'),
    tags: saidTags({ byok: byok && 'true', cost_byok: byok }),
  };
  const cells = {
    Date: `${new Date(ts).toISOString().slice(0, 10)} 00:00:00`,
    Slug: model,
    Usage: total,
    'BYOK Usage': byok || '0',
    Requests: String(requests),
    'Prompt Tokens': String(prompt),
    'Completion Tokens': String(completion),
    'Reasoning Tokens': String(reasoning),
  };
  return { ts, cells, truth };
}
