/** Text that goes into SQL, quoted so that no value can leave its place. */

/**
 * For an INSERT … SELECT of rows that are one per key already: two threads write, each blocks of its
 * own (a million events took 1.6 s instead of 3.3), and nobody looks for rows to replace in a block.
 * The blocks are large: of smaller ones (100,000) so many parts are made that merging them begins at
 * once, and takes as long again (17.5 s of CPU for an upload of a million rows instead of 12.8).
 */
export const LARGE_INSERT =
  'SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 2, ' +
  'min_insert_block_size_rows = 500000, optimize_on_insert = 0';

/** A string literal. ClickHouse reads backslash escapes in single quotes. */
export function sqlString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** An array literal of strings. */
export function sqlStrings(values: readonly string[]): string {
  return `[${values.map(sqlString).join(',')}]`;
}

/** An identifier in backticks. */
export function sqlName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A DateTime64(3,'UTC') from milliseconds since the epoch. */
export function sqlTime(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${Math.trunc(ms)}),'UTC')`;
}

/** Replaces `{{name}}` placeholders; an unknown one is a defect of the template, so it throws. */
export function fillTemplate(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the SQL template asks for {{${name}}}, which nothing provides`);
    return value;
  });
}

const OUTLINE = 160;

/** The beginning of a statement for the log, without what stands in quotes: people's data and passwords. */
export function outlineOf(sql: string): string {
  // what is cut off may be the end of a literal, so quotes are emptied first
  const text = sql
    .replaceAll(/'(?:[^'\\]|\\.|'')*'/gs, "''")
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > OUTLINE ? `${text.slice(0, OUTLINE)}…` : text;
}
