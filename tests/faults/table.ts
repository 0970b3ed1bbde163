/** Counts as a table for people. */
export function table(title: string, rows: readonly (readonly [name: string, count: number])[]): string {
  const width = Math.max(...rows.map(([, count]) => String(count).length));
  return [`\n${title}`, ...rows.map(([name, count]) => `${String(count).padStart(width)}  ${name}`)].join(
    '\n',
  );
}
