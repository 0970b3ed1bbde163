/** What becomes of each column of a file. */
import type { Format, Sample } from '../formats/format.ts';
import type { MappedFormatConfig } from '../formats/mapped/schema.ts';
import { sameHeader } from '../store/records.ts';

export interface ColumnFate {
  /** The header cell as it stands in the file. */
  column: string;
  /** The column of an event or of a bill; null where it is not read. */
  becomes: string | null;
}

/**
 * The columns of a table, of Parquet or of a database's table in their order; [] for other files.
 *
 * @param mapped the format's part of `tallyd.yaml`, when it is one of the user's own
 */
export function fatesOf(
  format: Format,
  sample: Sample,
  mapped: MappedFormatConfig | undefined,
): ColumnFate[] {
  const headers = sample.table?.columns ?? sample.parquetColumns ?? [];
  if (!format.columns || headers.length === 0) return [];
  return headers.map((column) => ({
    column,
    becomes: mapped ? mappedTo(mapped, column) : declared(format, column),
  }));
}

function declared(format: Format, header: string): string | null {
  const found = format.columns?.find(({ headers }) => sameHeader(header, headers));
  return found ? (found.becomes ?? `read as ${found.name.replace(/_cell$/, '')}`) : null;
}

/** Event columns and tags that a column of the file is part of. */
function mappedTo({ type, columns, tags }: MappedFormatConfig, header: string): string | null {
  // columns of Parquet go by their exact names
  const is = (name: string): boolean => (type === 'parquet' ? name === header : sameHeader(header, [name]));
  const targets = Object.entries(columns).flatMap(([target, from]) => {
    if (typeof from === 'string') return is(from) ? [target] : [];
    if (from === undefined || 'value' in from) return [];
    if (is(from.column)) return [target];
    return 'minus' in from && from.minus?.some(is) ? [`${target} (subtracted)`] : [];
  });
  const named = (tags ?? []).flatMap((tag) => {
    const { name, column } = typeof tag === 'string' ? { name: tag, column: tag } : tag;
    return is(column) ? [`tag ${name}`] : [];
  });
  const all = [...targets, ...named];
  return all.length > 0 ? all.join(', ') : null;
}
