/** Goose's sessions as generated: rows of its table, with running totals. */
import { Prng } from './prng.ts';
import { badWeight, NO_USAGE, type RewrittenOptions, startOf, type TrueUsage } from './rewritten.ts';
import type { SqliteTable, SqliteValue } from './sqlite-file.ts';

/** A row of the table `sessions`, by column; null is NULL. */
export type SessionRow = Record<string, SqliteValue>;

export interface GooseSessions {
  rows: SessionRow[];
  /** The same sessions when less of them was done. */
  earlier: SessionRow[];
  truth: TrueUsage[];
  rejected: number;
}

/** The table of a database. */
export function sessionTable(rows: readonly SessionRow[]): SqliteTable {
  const columns = Object.keys(rows[0]!);
  const typed = (name: string): string =>
    `${name} ${name.endsWith('_tokens') ? 'INTEGER' : name === 'accumulated_cost' ? 'REAL' : 'TEXT'}`;
  return {
    ...{ name: 'sessions', columns: columns.map(typed) },
    rows: rows.map((row) => columns.map((name) => row[name] ?? null)),
  };
}

export function generateGoose(options: RewrittenOptions): GooseSessions {
  const result: GooseSessions = { rows: [], earlier: [], truth: [], rejected: 0 };
  for (let n = 0; n < options.sessions; n++) {
    const prng = new Prng(`goose ${options.seed}`).fork(n);
    const ts = startOf(prng, options, n, 61_000);
    const created = new Date(ts).toISOString().slice(0, 19).replace('T', ' ');
    const id = `${created.slice(0, 10).replaceAll('-', '')}_${n}`;
    const model = prng.pick(['claude-sonnet-4-5', 'gpt-5', 'llama3.2']);
    const [input, output] = [prng.magnitude(10, 90_000), prng.magnitude(10, 9000)];
    const more = prng.chance(0.2) ? prng.int(1, 500) : 0;
    const kind = prng.weighted([
      ['usual', 7],
      ['last', 2],
      ['nothing', 1],
      ['bad', badWeight(options)],
    ] as const);
    // of a session that tells no tokens, a cost would count alone
    const cost = kind !== 'nothing' && prng.chance(0.3) ? prng.int(1, 900_000) / 1e6 : null;
    const row = (share: number): SessionRow => ({
      ...{ id, working_dir: '/demo/webshop', created_at: created, updated_at: created, provider_name: 'any' },
      ...{ model_config_json: JSON.stringify({ model_name: model }), session_type: 'user' },
      accumulated_cost: cost,
      ...totalsAs(kind, Math.floor(input * share), Math.floor(output * share), Math.floor(more * share)),
    });
    result.rows.push(row(1));
    if (kind !== 'bad') result.earlier.push(row(0.3));
    if (kind === 'bad') result.rejected++;
    if (kind === 'bad' || kind === 'nothing') continue;
    // times have seconds
    const event = {
      ...{ ...NO_USAGE, ts: Math.floor(ts / 1000) * 1000, sessionId: id, model },
      ...(cost !== null && { reportedCostUsd: String(cost) }),
    };
    result.truth.push({ ...event, input, output, unclassified: kind === 'usual' ? more : 0 });
  }
  return result;
}

function totalsAs(
  kind: 'usual' | 'last' | 'nothing' | 'bad',
  input: number,
  output: number,
  more: number,
): SessionRow {
  const none = {
    accumulated_total_tokens: null,
    accumulated_input_tokens: null,
    accumulated_output_tokens: null,
  };
  if (kind === 'nothing') return { ...none, total_tokens: null, input_tokens: null, output_tokens: null };
  // a version without accumulated columns has filled in the others only
  if (kind === 'last')
    return { ...none, total_tokens: input + output, input_tokens: input, output_tokens: output };
  const last = { total_tokens: 3, input_tokens: 2, output_tokens: 1 };
  const total = input + output + more;
  return {
    ...last,
    accumulated_total_tokens: total,
    accumulated_input_tokens: kind === 'bad' ? -1 : input,
    accumulated_output_tokens: output,
  };
}
