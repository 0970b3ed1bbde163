/** Adds what the store summed per model into rows and totals. */
import { lacksCost, type SumsRow } from './costs.ts';
import { usdNumber } from './money.ts';
import type { ModelBreakdown, Sums, Totals, UnpricedModel, UsageRow } from './types.ts';

/** What models are called that have no name. */
export const UNNAMED_MODEL = '(no model name)';

/** Sums per model, in the making. */
export class Adder {
  readonly #models = new Map<string, { sums: NumberSums; nanos: bigint }>();

  add(row: SumsRow): void {
    const known = this.#models.get(row.model);
    if (!known) {
      this.#models.set(row.model, { sums: numbersOf(row), nanos: row.cost });
      return;
    }
    known.nanos += row.cost;
    for (const name of NAMES) known.sums[name] += row[name];
  }

  /** A row of a report without its key. */
  usage(): UsageRow {
    const named = [...this.#models].filter(([model]) => model !== '');
    const breakdowns = named.map(([model, { sums, nanos }]) => breakdown(model, sums, nanos));
    return {
      ...this.sums(),
      modelsUsed: named.map(([model]) => model).sort(byCode),
      modelBreakdowns: breakdowns.sort((a, b) => b.cost - a.cost || byCode(a.modelName, b.modelName)),
    };
  }

  totals(): Totals {
    const unpriced = this.unpriced().map((model) => model.model);
    return { ...this.sums(), ...(unpriced.length > 0 && { unpricedModels: unpriced }) };
  }

  /** The models of which something has no cost, those with the most tokens first. */
  unpriced(): UnpricedModel[] {
    return [...this.#models]
      .filter(([, { sums }]) => lacksCost(sums))
      .map(([model, { sums }]) => ({
        model: model || UNNAMED_MODEL,
        tokens: sums.unpricedTokens,
        requests: sums.unpricedRequests,
      }))
      .sort((a, b) => b.tokens - a.tokens || byCode(a.model, b.model));
  }

  sums(): Sums {
    const [one, ...others] = this.#models.values();
    const all = numbersOf(one?.sums ?? NOTHING);
    let nanos = one?.nanos ?? 0n;
    for (const model of others) {
      nanos += model.nanos;
      for (const name of NAMES) all[name] += model.sums[name];
    }
    return {
      inputTokens: all.inputTokens,
      outputTokens: all.outputTokens,
      cacheCreationTokens: all.cacheCreationTokens,
      cacheReadTokens: all.cacheReadTokens,
      totalTokens: all.totalTokens,
      totalCost: usdNumber(nanos),
      requests: all.requests,
      ...(all.reasoningTokens > 0 && { reasoningTokens: all.reasoningTokens }),
      ...(all.unclassifiedTokens > 0 && { unclassifiedTokens: all.unclassifiedTokens }),
      ...(lacksCost(all) && { unpricedTokens: all.unpricedTokens }),
    };
  }
}

const NAMES = [
  'requests',
  'inputTokens',
  'outputTokens',
  'cacheCreationTokens',
  'cacheReadTokens',
  'reasoningTokens',
  'unclassifiedTokens',
  'totalTokens',
  'unpricedTokens',
  'unpricedRequests',
] as const;
type NumberSums = Record<(typeof NAMES)[number], number>;

const NOTHING = Object.fromEntries(NAMES.map((name) => [name, 0])) as NumberSums;

function numbersOf(row: NumberSums): NumberSums {
  return {
    requests: row.requests,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    cacheCreationTokens: row.cacheCreationTokens,
    cacheReadTokens: row.cacheReadTokens,
    reasoningTokens: row.reasoningTokens,
    unclassifiedTokens: row.unclassifiedTokens,
    totalTokens: row.totalTokens,
    unpricedTokens: row.unpricedTokens,
    unpricedRequests: row.unpricedRequests,
  };
}

function breakdown(modelName: string, sums: NumberSums, nanos: bigint): ModelBreakdown {
  return {
    modelName,
    inputTokens: sums.inputTokens,
    outputTokens: sums.outputTokens,
    cacheCreationTokens: sums.cacheCreationTokens,
    cacheReadTokens: sums.cacheReadTokens,
    cost: usdNumber(nanos),
    ...(sums.unclassifiedTokens > 0 && { unclassifiedTokens: sums.unclassifiedTokens }),
    ...(lacksCost(sums) && { unpricedTokens: sums.unpricedTokens }),
  };
}

/** By character code: the same order on every machine. */
export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Groups rows by a key, in the order in which keys come, and adds everything up as well. */
export function addUp<Row extends SumsRow>(
  rows: readonly Row[],
  key: (row: Row) => string,
): { groups: Map<string, Adder>; all: Adder } {
  const groups = new Map<string, Adder>();
  const all = new Adder();
  for (const row of rows) {
    const name = key(row);
    let group = groups.get(name);
    if (!group) groups.set(name, (group = new Adder()));
    group.add(row);
    all.add(row);
  }
  return { groups, all };
}
