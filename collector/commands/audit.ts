/** `tallyd audit`: who did what; docs/security.md describes the file. */
import { type AuditEntry, AuditLog } from '../audit/audit-log.ts';
import { readSettings } from '../config.ts';

/** Prints the newest entries, the newest last, as a log is read. @returns the exit code. */
export async function audit(options: {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  limit: number;
  json?: boolean;
}): Promise<number> {
  const { dataDir } = readSettings(options.env, options.config);
  const log = new AuditLog(dataDir);
  const { items, total } = await log.read({ offset: 0, limit: options.limit });
  const lines = items.reverse().map(lineOf);
  const text = options.json
    ? JSON.stringify({ file: log.path, total, entries: items }, undefined, 2)
    : lines.join('\n') || `Nothing is in ${log.path} yet.`;
  process.stdout.write(`${text}\n`);
  return 0;
}

function lineOf({ at, act, who, from, what, result, detail }: AuditEntry): string {
  const about = Object.entries(what).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const by = [who.kind, who.name].filter((part) => part !== '').join(' ');
  const why = detail === undefined ? '' : ` (${detail})`;
  // names come from outside: no escape sequence of theirs may reach a terminal
  return printable(`${at}  ${act}  ${result}  by ${by} from ${from}  ${about.join(' ')}${why}`);
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
