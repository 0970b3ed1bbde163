/** `tallyd formats`: what tallyd reads; `tallyd formats check FILE…`: what a file would become. */
import { availableParallelism } from 'node:os';
import { pino } from 'pino';
import { readConfig } from '../config-lists.ts';
import { checkFile } from '../formats-help/check.ts';
import { describeFormats } from '../formats-help/described.ts';
import { checkText, formatsText } from '../formats-help/text.ts';
import { formatsOf, loadPrices } from '../main.ts';
import { openStore, type Store } from '../store/store.ts';
import { CommandError } from './command-error.ts';
import { terminal } from './terminal.ts';

interface Common {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  json?: boolean;
}

/** Lists the formats. @returns the exit code. */
export function listFormats(options: Common): number {
  const formats = describeFormats(formatsOf(readConfig(options.env, options.config)));
  const text = options.json
    ? JSON.stringify(formats, null, 2)
    : formatsText(formats, terminal(process.stdout, undefined, options.env));
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Checks files one after another. @returns the exit code: 1 when something of a file could not be read. */
export async function checkFormats(options: Common & { files: string[]; format?: string }): Promise<number> {
  const config = readConfig(options.env, options.config);
  const formats = formatsOf(config);
  const { format } = options;
  if (format !== undefined && format !== 'auto' && !formats.some(({ name }) => name === format))
    throw new CommandError(`There is no format "${format}": tallyd formats lists them.`);
  const { book } = await loadPrices(config, () => undefined);
  const log = pino({ level: 'silent' });
  // never the user's store, also where that is a server
  const open = (path: string): Promise<Store> =>
    openStore({
      ...{ path, prices: book, log, costMode: config.costMode, poolThreads: config.poolThreads },
      maxThreads: availableParallelism(),
      retention: {},
    });
  const style = terminal(process.stdout, undefined, options.env);
  const checks = [];
  for (const file of options.files) {
    const check = await checkFile(file, {
      ...{ formats, mapped: config.formats, maxBytes: config.uploadMaxBytes, openStore: open, log },
      ...(format !== undefined && { format }),
    });
    checks.push(check);
    if (!options.json) process.stdout.write(`${checks.length > 1 ? '\n' : ''}${checkText(check, style)}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  return checks.some(({ problem, rows }) => problem !== undefined || (rows && rows.rejected > 0)) ? 1 : 0;
}
