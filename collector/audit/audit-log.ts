/**
 * The audit log: who did what that changes who may do what, what things cost, or what is kept. A file of
 * JSON lines that is only appended to, by the collector and by the commands.
 */
import { createReadStream } from 'node:fs';
import { chown, mkdir, open, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export type Act =
  | 'upload.replace'
  | 'dataset.delete'
  | 'token.create'
  | 'token.change'
  | 'token.rotate'
  | 'token.revoke'
  | 'prices.refresh'
  | 'prices.override'
  | 'audit.read'
  | 'backup.create'
  | 'backup.restore'
  | 'refusals';

/** Keys stand in the file in this order. */
export interface AuditEntry {
  /** ISO 8601, UTC. */
  at: string;
  act: Act;
  /** A token by its name, a JWT by its subject, a user of this machine, the collector itself, or nobody known. */
  who: { kind: 'token' | 'jwt' | 'local' | 'collector' | 'unknown'; name: string; id?: string };
  /** The address that the request came from; `local` for the commands. */
  from: string;
  what: Readonly<Record<string, unknown>>;
  result: 'accepted' | 'done' | 'failed' | 'refused';
  detail?: string;
}

const FILE = 'audit.jsonl';

export class AuditLog {
  readonly path: string;
  #appends: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.path = join(dataDir, FILE);
  }

  /** When it resolves, the entry is on the disk. */
  append(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    const { act, who, from, what, result, detail } = entry;
    const at = new Date().toISOString();
    const line = JSON.stringify({
      at,
      act,
      who,
      from,
      what,
      result,
      ...(detail !== undefined && { detail }),
    });
    const appended = this.#appends.then(() => this.#write(line));
    this.#appends = appended.catch(() => undefined);
    return appended;
  }

  /** Newest first. A line that a crash cut off is passed over. */
  async read({ offset, limit }: { offset: number; limit: number }) {
    const newest: AuditEntry[] = [];
    let total = 0;
    for await (const entry of this.#entries()) {
      total++;
      newest.push(entry);
      if (newest.length > offset + limit) newest.shift();
    }
    // those that the offset leaves out are the newest of what was kept
    const items = newest.slice(0, Math.max(0, newest.length - offset)).reverse();
    return { items: items.slice(0, limit), total };
  }

  /** The newest entry of an act. */
  async last(act: Act): Promise<AuditEntry | undefined> {
    let last: AuditEntry | undefined;
    for await (const entry of this.#entries()) if (entry.act === act) last = entry;
    return last;
  }

  async *#entries(): AsyncGenerator<AuditEntry> {
    if (!(await stat(this.path).catch(absent))) return;
    const lines = createInterface({ input: createReadStream(this.path, 'utf8'), crlfDelay: Infinity });
    for await (const line of lines) {
      const entry = parsed(line);
      if (entry) yield entry;
    }
  }

  async #write(line: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a+', 0o600);
    try {
      const { size, uid } = await file.stat();
      const last = Buffer.alloc(1, '\n');
      if (size > 0) await file.read(last, 0, 1, size - 1);
      // after a line that a crash cut off
      const begin = last.toString() === '\n' ? '' : '\n';
      await file.appendFile(`${begin}${line}\n`);
      await file.datasync();
      if (size === 0) await this.#giveToOwner(uid);
    } finally {
      await file.close();
    }
  }

  /** What root begins, the collector's user must be able to continue. */
  async #giveToOwner(uid: number): Promise<void> {
    const folder = await stat(dirname(this.path));
    if (process.geteuid?.() === 0 && folder.uid !== uid) await chown(this.path, folder.uid, folder.gid);
  }
}

/** Who runs a command. */
export function localUser(): AuditEntry['who'] {
  try {
    return { kind: 'local', name: userInfo().username };
  } catch {
    // a user without a name, as in some containers
    return { kind: 'local', name: `uid ${process.getuid?.() ?? '?'}` };
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function parsed(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}
