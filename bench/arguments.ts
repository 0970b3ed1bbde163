/** What `npm run bench` can be told. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Arguments {
  /** Names or numbers of what is measured; none: everything. */
  wanted: string[];
  data: string;
  seed: string;
  runs: number;
  entries: number | undefined;
  small: boolean;
  /** Fail where a ratio is much worse than documented. */
  check: boolean;
  /** Document what was measured. */
  record: boolean;
  help: boolean;
}

/** Said when an argument cannot be meant. */
export class ArgumentError extends Error {}

/** Reads the command line. Throws {@link ArgumentError} with a sentence. */
export function readArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments {
  const { values, positionals } = parse(argv);
  if (values.entries !== undefined && (values.check || values.record))
    throw new ArgumentError(
      '--entries cannot go with --check or --record: what is documented has its own sizes.',
    );
  return {
    wanted: positionals,
    data: values.data ?? env['TALLYD_BENCH_DATA'] ?? join(tmpdir(), 'tallyd-bench'),
    seed: values.seed ?? '1',
    runs: whole('--runs', values.runs) ?? 3,
    entries: whole('--entries', values.entries),
    small: values.small ?? false,
    check: values.check ?? false,
    record: values.record ?? false,
    help: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        seed: { type: 'string' },
        runs: { type: 'string' },
        entries: { type: 'string' },
        small: { type: 'boolean' },
        check: { type: 'boolean' },
        record: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${name} must be a whole number above 0, not "${text}".`);
  return value;
}
