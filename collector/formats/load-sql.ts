import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/**
 * The text of a SQL file of a format's folder, without comments and indentation: a statement over a
 * body travels to a server in an address, and proxies take no long ones. The build leaves SQL where
 * it is.
 */
export function loadSql(format: string, file: string): string {
  const text = readFileSync(join(packageRoot, 'collector/formats', format, file), 'utf8');
  return text.replaceAll(/^[ \t]*--.*\n/gm, '').replaceAll(/^[ \t]+/gm, '');
}
