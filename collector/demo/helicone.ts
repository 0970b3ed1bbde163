/** Helicone's exports of requests, and the truth of each. */
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

/** `doubled`: JSON cells whose quotes are doubled once more than CSV asks, as the export tool does. */
export const HELICONE_VARIANTS = ['doubled', 'plain'] as const;

export interface HeliconeOptions extends ExportOptions {
  variant?: (typeof HELICONE_VARIANTS)[number];
}

const HEADER = (
  'response_id,response_created_at,response_status,request_created_at,request_body,request_properties,' +
  'request_user_id,model,prompt_tokens,completion_tokens,latency,cost'
).split(',');

const MODELS = [
  ['gpt-4o-mini', 'openai'],
  ['claude-sonnet-4-5', 'anthropic'],
  ['gemini-2.5-flash', 'google'],
] as const;

/** What one request says, before it is written as CSV or JSON. */
interface HeliconeRequest {
  ts: number;
  id: string;
  named: (typeof MODELS)[number];
  code: number;
  prompt: number;
  read: number;
  written: number;
  completion: number;
  ms: number;
  cost: string;
  user: string;
  properties: Record<string, string>;
}

function drawRequest(prng: Prng, options: ExportOptions): HeliconeRequest {
  const code = prng.weighted([
    [200, 8],
    [429, 1],
    [500, 1],
    [499, 1],
  ]);
  const answered = code === 200;
  const request: HeliconeRequest = {
    ts: drawTime(prng, options),
    id: prng.uuid(),
    named: prng.pick(MODELS),
    code,
    prompt: answered ? prng.magnitude(1, 100_000) : 0,
    read: answered && prng.chance(0.5) ? prng.magnitude(1, 100_000) : 0,
    written: answered && prng.chance(0.3) ? prng.magnitude(1, 30_000) : 0,
    completion: answered ? prng.magnitude(1, 9000) : 0,
    ms: prng.int(10, 90_000),
    cost: answered && prng.chance(0.9) ? (prng.int(0, 9e6) / 1e6).toFixed(6) : '',
    user: prng.pick(options.users ?? ['ada', 'zoë', '']),
    properties: prng.pick([{}, { Environment: 'prod', Note: 'a, "b"' }, { Plan: '' }] as Record<
      string,
      string
    >[]),
  };
  const told = request.cost;
  if (told !== '') request.cost = toldDollars(truthOf(request, false), options, () => told);
  return request;
}

function truthOf(request: HeliconeRequest, cached: boolean) {
  const { ts, named, code } = request;
  return {
    ...plainTruth({ ts, grain: 'request', provider: named[1], model: named[0] }),
    user: request.user,
    requestId: request.id,
    status: code === 200 ? ('ok' as const) : code === 499 ? ('aborted' as const) : ('error' as const),
    input: request.prompt,
    cacheRead: cached ? request.read : 0,
    cacheWrite5m: cached ? request.written : 0,
    output: request.completion,
    durationMs: request.ms,
    reportedCostUsd: request.cost === '' ? undefined : String(Number(request.cost)),
    tags: saidTags({ ...request.properties, http_status: code === 200 ? '' : String(code) }),
  };
}

/** The CSV, which does not tell what was cached. */
export function generateHelicone({ variant = 'doubled', ...options }: HeliconeOptions): UsageExport {
  const prng = new Prng(options.seed).fork('helicone');
  const json = (value: unknown): string => {
    const text = JSON.stringify(value);
    return variant === 'doubled' ? text.replaceAll('"', '""') : text;
  };
  const rows = Array.from({ length: options.rows }, (): ExportRow => {
    const request = drawRequest(prng, options);
    const counts = request.code === 200;
    const cells = {
      response_id: request.id,
      response_created_at: new Date(request.ts + request.ms).toISOString(),
      response_status: String(request.code),
      request_created_at: new Date(request.ts).toISOString(),
      request_body: json({ messages: [{ role: 'user', content: 'say "hi", please\n' }], stop: '' }),
      request_properties: json(request.properties),
      request_user_id: request.user,
      model: request.named[0],
      prompt_tokens: counts ? String(request.prompt) : '',
      completion_tokens: counts ? String(request.completion) : '',
      latency: String(request.ms),
      cost: request.cost,
    };
    return { ts: request.ts, cells, truth: truthOf(request, false) };
  });
  return { header: HEADER, rows };
}

/** The records of the JSON export, which tell what was cached. */
export function generateHeliconeRecords(options: ExportOptions): {
  records: object[];
  truth: UsageExport['rows'];
} {
  const prng = new Prng(options.seed).fork('helicone-records');
  const requests = Array.from({ length: options.rows }, () => drawRequest(prng, options));
  return {
    records: requests.map((request) => ({
      response_id: request.id,
      response_status: request.code,
      request_created_at: new Date(request.ts).toISOString(),
      request_body: { messages: [] },
      request_properties: request.properties,
      request_user_id: request.user || null,
      response_model: request.code === 200 ? request.named[0] : null,
      request_model: request.named[0],
      provider: request.named[1].toUpperCase(),
      prompt_tokens: request.code === 200 ? request.prompt : null,
      prompt_cache_read_tokens: request.read,
      prompt_cache_write_tokens: request.written,
      completion_tokens: request.code === 200 ? request.completion : null,
      total_tokens: request.prompt + request.completion,
      delay_ms: request.ms,
      cost: request.cost === '' ? null : Number(request.cost),
    })),
    truth: requests.map((request) => ({ ts: request.ts, cells: {}, truth: truthOf(request, true) })),
  };
}
