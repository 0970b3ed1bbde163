/** `tallyd report …` */
import { readSettings } from '../config.ts';
import type { ReportKind, ReportOptions } from '../reports/types.ts';
import { openReader } from './reader.ts';
import { terminal } from './terminal.ts';

export interface ReportFlags {
  kind: ReportKind;
  json?: boolean;
  since?: string;
  until?: string;
  timezone?: string;
  mode?: 'auto' | 'calculate' | 'display';
  breakdown?: boolean;
  project?: string[];
  model?: string[];
  source?: string[];
  order?: 'asc' | 'desc';
  startOfWeek?: 'monday' | 'sunday';
  id?: string;
  active?: boolean;
  recent?: boolean;
  tokenLimit?: number | 'max';
  color?: boolean;
}

/** Prints a report. @returns the exit code. */
export async function reportCommand(
  flags: ReportFlags & { env: NodeJS.ProcessEnv; config: string | undefined },
): Promise<number> {
  const config = readSettings(flags.env, flags.config);
  const { json, color, env, config: _file, kind, id, timezone, ...rest } = flags;
  const opened = await openReader(config);
  const options: ReportOptions = {
    ...(opened.collector?.costMode && { mode: opened.collector.costMode }),
    ...rest,
    timezone: timezone ?? config.timezone,
    timezoneIsCanonical: timezone === undefined,
    ...(id !== undefined && { sessionId: id }),
  };
  try {
    const { report } = await import('../reports/report.ts');
    const answering = report(kind, options, opened.reader);
    // loaded while the store works
    const [answer, { renderReport }] = await Promise.all([answering, import('../reports/render.ts')]);
    if (json) {
      process.stdout.write(`${JSON.stringify(answer.json, null, 2)}\n`);
    } else {
      process.stdout.write(`${renderReport(answer, terminal(process.stdout, color, env))}\n`);
    }
    return 0;
  } finally {
    await opened.close();
  }
}
