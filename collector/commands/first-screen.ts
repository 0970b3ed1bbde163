/** What `tallyd start` prints once everything that was there is read. */
import { join } from 'node:path';
import type { Config } from '../config-lists.ts';
import type { Collector } from '../main.ts';
import { packageRoot } from '../package-root.ts';
import { summary } from '../reports/summary.ts';
import { urlOf } from '../runtime.ts';

export interface Screen {
  width: number;
  color: boolean;
  /** Where the log goes, when not to this terminal. */
  log: string | undefined;
  demo: boolean;
}

/** The cost table and where everything is. */
export async function firstScreen(collector: Collector, config: Config, screen: Screen): Promise<string> {
  const { http, metrics, store } = collector.addresses;
  const text = await summary(
    {
      timezone: config.timezone,
      now: Date.now(),
      addresses: {
        uploads: `${urlOf(http)}/api/v1/uploads`,
        ...(metrics && { metrics: `${urlOf(metrics)}/metrics` }),
        ...(store && { clickhouse: urlOf(store) }),
        dataDir: config.dataDir,
        docs: join(packageRoot, 'README.md'),
      },
    },
    collector.store,
    { width: screen.width, color: screen.color },
  );
  const lines = [text];
  if (screen.log) lines.push(`${'Log:'.padEnd(12)}${screen.log}`);
  if (screen.demo) lines.push('\nThis was generated. Your own: npm start');
  const trouble = collector.tail.status().roots.flatMap((root) => [...root.errors, ...root.unrecognised]);
  if (trouble.length > 0)
    lines.push(`\n${trouble.length} files could not be read; tallyd doctor says which and why.`);
  return lines.join('\n');
}

/** Nothing was there: where it was looked for, and what to do. */
export function nothingFound(collector: Collector, config: Config): string {
  const looked = collector.roots.map(
    (root) => `  ${root.path} (${root.format === 'auto' ? 'any format' : root.format.title})`,
  );
  const token = config.tokensFile === undefined && config.jwt === undefined ? '' : ' -u "x:$TALLYD_TOKEN"';
  const upload = `curl${token} -T export.csv '${urlOf(collector.addresses.http)}/api/v1/uploads/'`;
  return [
    ...(looked.length > 0
      ? ['No usage was found. Looked in:', ...looked]
      : ['Nothing is followed (TALLYD_TAIL=none).']),
    '',
    'To see what it looks like with data:  npm start -- --demo',
    `To send an export:                    ${upload}`,
    ...(looked.length > 0 ? ['Files that appear in these folders are read when they come.'] : []),
  ].join('\n');
}
