/** `tallyd dataset delete`: removes everything of a dataset. */
import { AuditLog, localUser } from '../audit/audit-log.ts';
import { readConfig, type Config } from '../config-lists.ts';
import { readRuntime, type RuntimeAddress } from '../runtime.ts';
import type { DeletedDataset } from '../store/delete-dataset.ts';
import { CommandError } from './command-error.ts';
import { answerTo, connect } from './connect.ts';
import { tokenWanted } from './token-wanted.ts';

export interface DeleteOptions {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  name: string;
  yes?: boolean;
  json?: boolean;
}

/** Through the running collector, or in the store itself when none runs. @returns the exit code. */
export async function deleteDataset(options: DeleteOptions): Promise<number> {
  const { name } = options;
  if (!options.yes)
    throw new CommandError(
      `this deletes all usage, bills and rejected records of the dataset ${name}, for ever; to do so: tallyd dataset delete ${name} --yes`,
    );
  const config = readConfig(options.env, options.config);
  const collector = readRuntime(config.dataDir);
  const deleted = collector
    ? await overHttp(collector.addresses.http, config, name)
    : await inStore(config, name);
  const { events, bills, rejections } = deleted;
  const text = options.json
    ? JSON.stringify({ dataset: name, deleted }, undefined, 2)
    : `${name}: ${events} events, ${bills} lines of bills and ${rejections} rejected records are deleted.`;
  process.stdout.write(`${text}\n`);
  return 0;
}

async function overHttp(address: RuntimeAddress, config: Config, name: string): Promise<DeletedDataset> {
  const path = `/api/v1/datasets/${encodeURIComponent(name)}`;
  const request = await connect(address, config, { method: 'DELETE', path });
  request.end();
  const { status, text } = await answerTo(request, address);
  const answer = JSON.parse(text) as { deleted: DeletedDataset; detail?: string };
  if (status === 200) return answer.deleted;
  const detail = answer.detail ?? `the collector answered ${status}`;
  throw new CommandError(
    status === 401 || status === 403 ? tokenWanted('admin', config.token, detail) : detail,
  );
}

async function inStore(config: Config, name: string): Promise<DeletedDataset> {
  const { pino } = await import('pino');
  const { openStoreOf } = await import('../main.ts');
  const store = await openStoreOf(config, pino({ level: 'silent' }));
  try {
    const deleted = await store.deleteDataset(name);
    if (!deleted) throw new CommandError(`there is no dataset ${name}, or nothing is in it.`);
    await store.sweep();
    await new AuditLog(config.dataDir).append({
      ...{ act: 'dataset.delete', who: localUser(), from: 'local', result: 'done' },
      what: { dataset: name, ...deleted },
    });
    return deleted;
  } finally {
    await store.close();
  }
}
