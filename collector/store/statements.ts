/** A migration, and the statements a file of SQL consists of. */
export interface Migration {
  version: number;
  name: string;
  text: string;
  hash: string;
}

/** Statements of a file: each ends with a semicolon at the end of a line. */
export function statements(text: string): string[] {
  return text
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.replaceAll(/^--.*$/gm, '').trim())
    .filter((statement) => statement !== '');
}
