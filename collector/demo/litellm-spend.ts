/** LiteLLM's spend logs and daily sums, and the truth of each row. */
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import {
  drawTime,
  type ExportOptions,
  type ExportRow,
  plainTruth,
  saidTags,
  toldDollars,
  type UsageExport,
} from './usage-export.ts';

/** `psql`: times without a zone, statuses in metadata only. `iso`: as newer proxies and drivers write. */
export const LITELLM_SPEND_VARIANTS = ['psql', 'iso'] as const;
export const LITELLM_DAILY_VARIANTS = ['user_id', 'team_id', 'end_user_id'] as const;

export interface LitellmSpendOptions extends ExportOptions {
  variant?: (typeof LITELLM_SPEND_VARIANTS)[number];
}
export interface LitellmDailyOptions extends ExportOptions {
  variant?: (typeof LITELLM_DAILY_VARIANTS)[number];
}

const SPEND = (
  'request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,' +
  'request_duration_ms,model,model_group,custom_llm_provider,user,metadata,cache_hit,request_tags,team_id,' +
  'end_user,session_id,status'
).split(',');
export const LITELLM_SPEND_LINES = {
  numbers: ['spend', 'total_tokens', 'prompt_tokens', 'completion_tokens', 'request_duration_ms'],
  json: ['metadata', 'request_tags'],
};

/** Model, who LiteLLM says serves it, and what that is called here. */
const MODELS = [
  ['gpt-4o-mini', 'openai', 'openai'],
  ['claude-sonnet-4-5', 'anthropic', 'anthropic'],
  ['claude-opus-4-6', 'bedrock_converse', 'aws'],
  ['gemini-2.5-flash', 'vertex_ai', 'google'],
  ['gpt-5', 'azure', 'azure'],
  ['gpt-5.2', '', 'openai'],
] as const;

function drawTokens(prng: Prng) {
  const cached = prng.chance(0.6) ? prng.magnitude(1, 200_000) : 0;
  const written = prng.chance(0.3) ? prng.magnitude(1, 50_000) : 0;
  const output = prng.magnitude(1, 20_000);
  return {
    input: prng.magnitude(1, 50_000),
    cached,
    written,
    writtenHour: prng.chance(0.5) ? prng.int(0, written) : 0,
    output,
    reasoning: prng.chance(0.4) ? prng.int(0, output) : 0,
  };
}

const NOTHING = { input: 0, cached: 0, written: 0, writtenHour: 0, output: 0, reasoning: 0 };

/** Rows of `LiteLLM_SpendLogs`. */
export function generateLitellmSpend(options: LitellmSpendOptions): UsageExport {
  const prng = new Prng(options.seed).fork('litellm-spend');
  return { header: SPEND, rows: Array.from({ length: options.rows }, () => drawRequest(prng, options)) };
}

function drawRequest(prng: Prng, options: LitellmSpendOptions): ExportRow {
  const { variant = 'psql' } = options;
  const ts = drawTime(prng, options);
  const [model, served, provider] = prng.pick(MODELS);
  const failed = prng.chance(0.1);
  const hit = !failed && prng.chance(0.1);
  const tokens = failed ? NOTHING : drawTokens(prng);
  const id = `chatcmpl-${prng.uuid()}`;
  const ms = prng.int(5, 90_000);
  const used = { ts, grain: 'request' as const, provider, model, ...countsOf(tokens) };
  const spend = failed || hit ? '0.0' : toldDollars(used, options, () => drawSpend(prng));
  const [user, team, alias] = [
    prng.pick(options.users ?? ['ada', 'bob', '']),
    prng.pick(['team-7', '']),
    prng.pick(options.projects ?? ['Shop', '']),
  ];
  const labels = prng.pick([[], ['beta'], ['zeta', 'alpha']]);
  const key = prng.pick(['ci', 'key "two", other', '']);
  const time = (at: number) => {
    const text = new Date(at).toISOString();
    return variant === 'iso' ? text : text.replace('T', ' ').slice(0, 23);
  };
  const prompt = tokens.input + tokens.cached + tokens.written;
  const metadata = {
    user_api_key_alias: key,
    user_api_key_team_alias: alias,
    ...(variant === 'psql' && { status: failed ? 'failure' : 'success' }),
    usage_object: failed ? null : usageObject(prng, tokens),
  };
  return {
    ts,
    cells: {
      request_id: id,
      call_type: 'acompletion',
      api_key: '88dc28',
      spend,
      total_tokens: String(prompt + tokens.output),
      prompt_tokens: String(prompt),
      completion_tokens: String(tokens.output),
      startTime: time(ts),
      endTime: time(ts + ms),
      request_duration_ms: variant === 'iso' ? String(ms) : '',
      model,
      model_group: 'group',
      custom_llm_provider: served,
      user,
      metadata: JSON.stringify(metadata),
      cache_hit: hit ? 'True' : prng.pick(['False', 'None', '']),
      request_tags: JSON.stringify(labels),
      team_id: team,
      session_id: '',
      status: variant === 'iso' ? (failed ? 'failure' : 'success') : '',
    },
    truth: {
      ...plainTruth({ ts, grain: 'request', provider, model }),
      user,
      project: alias || team,
      requestId: id,
      status: failed ? 'error' : 'ok',
      ...countsOf(tokens),
      durationMs: ms,
      reportedCostUsd: String(Number(spend)),
      billable: !hit,
      tags: saidTags({
        call_type: 'acompletion',
        model_group: 'group',
        key,
        team_id: team,
        cache_hit: hit ? 'true' : '',
        tags: [...labels].sort().join(', '),
      }),
    },
  };
}

/** What was cached is told in one of two spellings, or both. */
function usageObject(prng: Prng, { cached, written, writtenHour, reasoning }: ReturnType<typeof drawTokens>) {
  const [own, detail] = prng.pick([
    [true, false],
    [true, true],
    [false, true],
  ] as const);
  return {
    ...(own && { cache_read_input_tokens: cached, cache_creation_input_tokens: written }),
    prompt_tokens_details: {
      ...(detail && { cached_tokens: cached, cache_creation_tokens: written }),
      cache_creation_token_details: { ephemeral_1h_input_tokens: writtenHour },
    },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** Tiny ones with an exponent. */
function drawSpend(prng: Prng): string {
  return prng.chance(0.2) ? `${prng.int(1, 99)}e-06` : (prng.int(1, 9e6) / 1e6).toFixed(6);
}

function countsOf(tokens: ReturnType<typeof drawTokens>) {
  return {
    input: tokens.input,
    cacheWrite5m: tokens.written - tokens.writtenHour,
    cacheWrite1h: tokens.writtenHour,
    cacheRead: tokens.cached,
    output: tokens.output,
    reasoning: tokens.reasoning,
  };
}

const DAILY = (
  'date,api_key,model,model_group,custom_llm_provider,endpoint,prompt_tokens,completion_tokens,' +
  'cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests,successful_requests,failed_requests'
).split(',');
export const LITELLM_DAILY_LINES = {
  numbers: DAILY.filter((name) => /tokens|spend|requests/.test(name)),
  json: [],
};

/** Rows of `LiteLLM_DailyUserSpend` and its relatives; no two are sums of the same. */
export function generateLitellmDaily({ variant = 'user_id', ...options }: LitellmDailyOptions): UsageExport {
  const prng = new Prng(options.seed).fork('litellm-daily');
  const rows = Array.from({ length: options.rows }, (_, number) => drawSum(prng, options, variant, number));
  return { header: [variant, ...DAILY], rows };
}

function drawSum(prng: Prng, { from, until }: ExportOptions, of: string, number: number): ExportRow {
  const ts = Math.floor(prng.int(from, until - 1) / DAY) * DAY;
  const [model, served, provider] = prng.pick(MODELS);
  const tokens = { ...drawTokens(prng), writtenHour: 0, reasoning: 0 };
  const [requests, failed] = [prng.int(1, 5000), prng.pick([0, 3])];
  const spend = (prng.int(0, 9e6) / 1e6).toFixed(6);
  const name = `one-${number}`;
  return {
    ts,
    cells: {
      [of]: name,
      date: new Date(ts).toISOString().slice(0, 10),
      api_key: '88dc28',
      model,
      custom_llm_provider: served,
      prompt_tokens: String(tokens.input + tokens.cached + tokens.written),
      completion_tokens: String(tokens.output),
      cache_read_input_tokens: String(tokens.cached),
      cache_creation_input_tokens: String(tokens.written),
      spend,
      api_requests: String(requests),
      successful_requests: String(requests - failed),
      failed_requests: String(failed),
    },
    truth: {
      ...plainTruth({ ts, grain: 'bucket', provider, model }),
      requests,
      user: of === 'team_id' ? '' : name,
      project: of === 'team_id' ? name : '',
      ...countsOf(tokens),
      reportedCostUsd: String(Number(spend)),
      tags: saidTags({ key_hash: '88dc28', failed_requests: failed === 0 ? '' : String(failed) }),
    },
  };
}
