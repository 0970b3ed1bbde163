import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** The text of a SQL file of a format's folder. The build leaves SQL where it is. */
export function loadSql(format: string, file: string): string {
  return readFileSync(join(packageRoot, 'collector/formats', format, file), 'utf8');
}
