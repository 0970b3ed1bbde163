/**
 * The last look at what a format read. Every format judges its records; what none may let pass stands
 * here: a time that no column of the store can hold, and counts whose sums would wrap around.
 */
import type { Format } from '../formats/format.ts';

const COUNTS = [
  ...['input_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_read_tokens'],
  ...['output_tokens', 'reasoning_tokens', 'unclassified_tokens'],
];
/** No model has answered with a millionth of this, and sums of a billion of such do not wrap. */
const LARGEST_COUNT = 1_000_000_000_000;

/**
 * The `SELECT` that gives `columns` of what `select` reads, with records rejected that are beyond reason.
 */
export function reasonable(
  select: string,
  columns: readonly string[],
  { gives }: Pick<Format, 'gives'>,
): { columns: string; from: string } {
  const has = (name: string): boolean => columns.includes(name);
  const time = gives === 'bills' ? 'day' : 'ts';
  const cases = [
    "rejected != '', ('', '', '')",
    ...(has(time)
      ? [
          `ifNull(toYear(${time}) NOT BETWEEN 2000 AND 2099, true), ('the time is not within the years 2000 to 2099', '${time}', toString(${time}))`,
        ]
      : []),
    ...(gives === 'bills' ? [] : COUNTS.filter(has)).map(
      (name) =>
        `${name} > ${LARGEST_COUNT}, ('a count is too large to be true', '${name}', toString(${name}))`,
    ),
  ];
  const judged: Record<string, string> = {
    rejected: "if(beyond_reason.1 = '', rejected, beyond_reason.1)",
    rejected_column: "if(beyond_reason.1 = '', rejected_column, beyond_reason.2)",
    rejected_value: "if(beyond_reason.1 = '', rejected_value, ifNull(beyond_reason.3, ''))",
  };
  return {
    columns: columns.map((name) => judged[name] ?? name).join(', '),
    from: `(SELECT *, multiIf(${cases.join(', ')}, ('', '', '')) AS beyond_reason FROM (${select}))`,
  };
}
