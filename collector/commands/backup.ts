/** `tallyd backup FILE` and `tallyd restore FILE`. */
import { createWriteStream, existsSync, statSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pino } from 'pino';
import { type Act, type AuditEntry, AuditLog, localUser } from '../audit/audit-log.ts';
import { readBackup } from '../backup/archive.ts';
import { Backups } from '../backup/create.ts';
import type { Manifest } from '../backup/manifest.ts';
import { finishRestore, restore as restoreBackup } from '../backup/restore.ts';
import { type Config, readConfig } from '../config-lists.ts';
import { openStoreOf } from '../main.ts';
import { readRuntime, type Runtime } from '../runtime.ts';
import { CommandError } from './command-error.ts';
import { answered, connect } from './connect.ts';
import { tokenWanted } from './token-wanted.ts';

interface Common {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  file: string;
}

/** A collector writes down what it is asked for; what goes around it is written down here. */
async function noted<T>(
  { dataDir }: Config,
  act: Act,
  what: AuditEntry['what'],
  work: () => Promise<T>,
): Promise<T> {
  const log = new AuditLog(dataDir);
  const note = { act, who: localUser(), from: 'local', what };
  try {
    const result = await work();
    await log.append({ ...note, result: 'done' });
    return result;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await log.append({ ...note, result: 'failed', detail });
    throw error;
  }
}

/** Asks the running collector for a backup, or makes it here when none runs. */
export async function backup({ env, config: configFile, file }: Common): Promise<void> {
  const config = readConfig(env, configFile);
  refuseServer(config, 'BACKUP DATABASE tallyd TO …');
  const target = resolve(file);
  if (existsSync(target))
    throw new CommandError(`${target} is there already: name another file, or remove it.`);
  const part = `${target}.part`;
  try {
    const collector = readRuntime(config.dataDir);
    if (collector) await fromCollector(collector, config, part);
    else await noted(config, 'backup.create', { file: target }, () => fromStore(config, part));
    const manifest = await readBackup(part);
    await rename(part, target);
    process.stdout.write(`${target}: ${readable(statSync(target).size)}, ${contents(manifest)}. Checked.\n`);
  } finally {
    await rm(part, { force: true });
  }
}

/** Puts a backup in the place of an empty data directory, or of a full one when told to. */
export async function restore({
  env,
  config: configFile,
  file,
  force,
}: Common & { force?: boolean }): Promise<void> {
  const config = readConfig(env, configFile);
  refuseServer(config, 'RESTORE DATABASE tallyd FROM …');
  const { dataDir, poolThreads } = config;
  const collector = readRuntime(dataDir);
  if (collector)
    throw new CommandError(
      `a collector (process ${collector.pid}) runs on ${dataDir}: stop it, then restore.`,
    );
  await mkdir(dataDir, { recursive: true });
  await finishRestore(dataDir);
  const events = await eventsOf(config);
  if (events > 0 && !force)
    throw new CommandError(
      `the store in ${dataDir} holds ${events} events, which would be replaced by the backup. Say --force if that is ` +
        'meant, or set TALLYD_DATA_DIR to another folder.',
    );
  const threads = { poolThreads, maxThreads: availableParallelism() };
  const backup = resolve(file);
  const what = { file: backup, ...(events > 0 && { replaced: events }) };
  const manifest = await noted(config, 'backup.restore', what, () =>
    restoreBackup({ file: backup, dataDir, ...threads }),
  );
  process.stdout.write(
    `${dataDir} is now what it was at ${manifest.createdAt} (tallyd ${manifest.version}): ${contents(manifest)}.\n` +
      'Following goes on from there with the next start.\n',
  );
}

function refuseServer(config: Config, statement: string): void {
  if (config.clickhouseUrl !== undefined)
    throw new CommandError(
      `TALLYD_CLICKHOUSE_URL names a server, which has backups of its own: run ${statement} there, and keep ` +
        `positions.json and uploads/ of ${config.dataDir} beside it. docs/operations.md says how.`,
    );
}

async function fromCollector({ addresses }: Runtime, config: Config, target: string): Promise<void> {
  const request = await connect(addresses.http, config, { method: 'POST', path: '/api/v1/backup' });
  request.end();
  await answered(request, addresses.http, async (answer) => {
    if (answer.statusCode === 200)
      return await pipeline(answer, createWriteStream(target, { mode: 0o600, flush: true }));
    const text = Buffer.concat((await answer.toArray()) as Buffer[]).toString('utf8');
    const { detail = text } = JSON.parse(text) as { detail?: string };
    const isAboutToken = answer.statusCode === 401 || answer.statusCode === 403;
    throw new CommandError(
      isAboutToken ? tokenWanted('admin', config.token, detail) : `the collector made no backup: ${detail}`,
    );
  });
}

async function fromStore(config: Config, target: string): Promise<void> {
  const store = await openStoreOf(config, pino({ level: 'silent' }));
  try {
    const made = await new Backups({ store, dataDir: config.dataDir }).create();
    await copyFile(made.path, target).finally(() => made.remove());
  } finally {
    await store.close();
  }
}

/** Of a store that is there; one that another process owns cannot be opened, which says so. */
async function eventsOf(config: Config): Promise<number> {
  if (!existsSync(join(config.dataDir, 'store'))) return 0;
  const store = await openStoreOf(config, pino({ level: 'silent' }));
  try {
    const [row] = await store.rows<{ events: number }>(
      'SELECT (SELECT count() FROM tallyd.usage_events) + (SELECT count() FROM tallyd.billed_cost_rows) + ' +
        '(SELECT count() FROM tallyd.usage_hourly_rows) + (SELECT count() FROM tallyd.upload_reports) AS events',
    );
    return Number(row!.events);
  } finally {
    await store.close();
  }
}

function contents({ tables, files }: Manifest): string {
  const rows = (name: string): string =>
    (tables.find((table) => table.name === name)?.rows ?? 0).toLocaleString('en-US');
  const jobs = files.filter(({ path }) => path.endsWith('.job.json')).length;
  const waiting = jobs === 0 ? '' : `, ${jobs} ${jobs === 1 ? 'upload' : 'uploads'} to go on with`;
  return `${rows('usage_events')} events, ${rows('billed_cost_rows')} lines of bills${waiting}`;
}

function readable(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
