/**
 * Tokens, cost and requests as they happen. Only live batches report usage: an imported history
 * would be one spike at the time of its import. History is asked of ClickHouse.
 */
import type { Meter } from '@opentelemetry/api';
import type { UsageDelta } from '../../collector/store/types.ts';
import { Bound, BoundedLabel, cleanLabel, OTHER } from '../labels.ts';
import { MonotonicCounter } from '../monotonic.ts';

/** Series of one instrument: (MODELS + SOURCES * PROVIDERS) * 6 token types stays under its limit. */
const MODELS = 500;
const SOURCES = 50;
const PROVIDERS = 50;
const STATUSES = ['ok', 'error', 'aborted'];

/** The source whose usage the names of Claude Code's own telemetry may carry. */
const CLAUDE_CODE = 'claude-code';

/** The disjoint kinds of tokens: their sum is the total. */
function tokensByType(delta: UsageDelta): [type: string, tokens: number][] {
  return [
    ['input', delta.input],
    ['cache_write_5m', delta.cacheWrite5m],
    ['cache_write_1h', delta.cacheWrite1h],
    ['cache_read', delta.cacheRead],
    ['output', delta.output],
    ['unclassified', delta.unclassified],
  ];
}

export class UsageInstruments {
  readonly #tokens: MonotonicCounter;
  readonly #reasoning: MonotonicCounter;
  readonly #cost: MonotonicCounter;
  readonly #requests: MonotonicCounter;
  readonly #claudeCode: ClaudeCodeInstruments | undefined;
  readonly #sources = new BoundedLabel(SOURCES);
  readonly #providers = new BoundedLabel(PROVIDERS);
  readonly #models = new Bound(MODELS);

  /** `claudeCodeNames` adds the counters that Claude Code's own telemetry would export. */
  constructor(meter: Meter, claudeCodeNames: boolean) {
    const counter = (name: string, unit: string, description: string) =>
      new MonotonicCounter(meter.createCounter(name, { unit, description }));
    this.#tokens = counter('llm_tokens', '{token}', 'Tokens by disjoint type; the types add up to the total');
    this.#reasoning = counter('llm_reasoning_tokens', '{token}', 'Output tokens that were reasoning');
    this.#cost = counter('llm_cost_usd', '{USD}', 'Cost in US dollars; unpriced models add nothing');
    this.#requests = counter('llm_requests', '{request}', 'Requests to language models by their outcome');
    this.#claudeCode = claudeCodeNames ? new ClaudeCodeInstruments(meter) : undefined;
  }

  /** Adds what one batch added. */
  record(deltas: UsageDelta[]): void {
    for (const delta of deltas) this.#recordOne(delta);
  }

  #recordOne(delta: UsageDelta): void {
    const labels = this.#labels(delta);
    for (const [type, tokens] of tokensByType(delta)) this.#tokens.add(tokens, { type, ...labels });
    this.#reasoning.add(delta.reasoning, labels);
    this.#cost.add(delta.costUsd, labels);
    const status = STATUSES.includes(delta.status) ? delta.status : OTHER;
    // The first error must be an increase from 0, or an alert on it sees nothing.
    for (const known of STATUSES) if (known !== status) this.#requests.add(0, { status: known, ...labels });
    this.#requests.add(delta.requests, { status, ...labels });
    if (delta.source === CLAUDE_CODE) this.#claudeCode?.record(delta, labels.model);
  }

  #labels(delta: UsageDelta): { model: string; provider: string; source: string } {
    const source = this.#sources.of(delta.source);
    const provider = this.#providers.of(delta.provider);
    const model = cleanLabel(delta.model);
    // The bound is on combinations, not on names: only so is the number of series known.
    const known = this.#models.admits(JSON.stringify([source, provider, model]));
    return { model: known ? model : OTHER, provider, source };
  }
}

/**
 * The counters of Claude Code's own telemetry, for dashboards made for it. Their units become part of
 * the Prometheus name (`claude_code_token_usage_tokens_total`), here as in the OpenTelemetry Collector.
 */
class ClaudeCodeInstruments {
  readonly #tokens: MonotonicCounter;
  readonly #cost: MonotonicCounter;

  constructor(meter: Meter) {
    this.#tokens = new MonotonicCounter(
      meter.createCounter('claude_code.token.usage', {
        unit: 'tokens',
        description: 'Number of tokens used',
      }),
    );
    this.#cost = new MonotonicCounter(
      meter.createCounter('claude_code.cost.usage', {
        unit: 'USD',
        description: 'Cost of the Claude Code session',
      }),
    );
  }

  record(delta: UsageDelta, model: string): void {
    this.#tokens.add(delta.input, { type: 'input', model });
    this.#tokens.add(delta.output, { type: 'output', model });
    this.#tokens.add(delta.cacheRead, { type: 'cacheRead', model });
    this.#tokens.add(delta.cacheWrite5m + delta.cacheWrite1h, { type: 'cacheCreation', model });
    this.#cost.add(delta.costUsd, { model });
  }
}
