/**
 * Job files: what was received and is not yet written. A job file appears in one step once the body
 * is on the disk, and goes when its report is in the store, so after any crash a body without a job
 * file was only half received, and a job file means work to do.
 */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { SpoolBudget } from './spool-budget.ts';

const ENDING = '.job.json';

const jobSchema = z.strictObject({
  version: z.literal(1),
  id: z.uuid(),
  /** As the client called the file; '' when it did not. */
  name: z.string(),
  dataset: z.string().min(1),
  format: z.string().min(1),
  mode: z.enum(['append', 'replace']),
  status: z.enum(['received', 'running']),
  bytes: z.number().int().nonnegative(),
  oddQuotes: z.boolean(),
  /** Bytes; 0 in job files of earlier versions. */
  longestLine: z.number().int().default(0),
  /** Milliseconds since the epoch: the first byte; and when the last had come, which orders uploads. */
  startedAt: z.number().int(),
  arrivedAt: z.number().int(),
});

export type Job = z.infer<typeof jobSchema>;

export class JobFolder {
  readonly path: string;
  readonly #log: Logger;
  readonly #budget: SpoolBudget;

  constructor(path: string, log: Logger, budget: SpoolBudget) {
    this.path = path;
    this.#log = log;
    this.#budget = budget;
  }

  /** Where the received file lies. */
  body(id: string): string {
    return join(this.path, `${id}.body`);
  }

  /** For files made while a job runs. */
  scratch(id: string, ending: string): string {
    return join(this.path, `${id}.${ending}`);
  }

  /** Writes a job file in one step: a reader, or a crash, sees the old one or the new one. */
  async save(job: Job): Promise<void> {
    const path = this.scratch(job.id, 'job.json');
    const file = await open(`${path}.tmp`, 'w');
    try {
      await file.writeFile(`${JSON.stringify(job, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
    await this.#syncFolder();
  }

  /** Removes everything of a job; the job file first, so that the rest is known to be left over. */
  async remove(id: string): Promise<void> {
    await rm(this.scratch(id, 'job.json'), { force: true });
    // the engine leaves a log beside a database that it has read
    for (const ending of ['', '-wal', '-shm']) await rm(this.body(id) + ending, { force: true });
    this.#budget.release(id);
  }

  /** The jobs that a stop or crash left, in order of arrival. Deletes what was only half received. */
  async recover(): Promise<Job[]> {
    const names = await readdir(this.path);
    const jobs: Job[] = [];
    const kept = new Set<string>();
    for (const name of names.filter((one) => one.endsWith(ENDING))) {
      kept.add(name).add(name.replace(ENDING, '.body'));
      const job = await this.#read(name);
      if (!job) continue;
      jobs.push(job);
      this.#budget.hold(job.id, job.bytes);
    }
    for (const name of names.filter((one) => !kept.has(one)))
      await rm(join(this.path, name), { force: true });
    return jobs.sort((a, b) => a.arrivedAt - b.arrivedAt);
  }

  async #read(name: string): Promise<Job | undefined> {
    const path = join(this.path, name);
    try {
      return jobSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (err) {
      this.#log.error({ err, path }, 'a job file cannot be read; it and its body stay where they are');
      return undefined;
    }
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
