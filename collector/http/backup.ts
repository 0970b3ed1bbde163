/** `POST /api/v1/backup`: everything that the embedded engine holds, in one file. docs/operations.md tells of it. */
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { Access } from '../access/access.ts';
import type { Backups } from '../backup/create.ts';
import { BackupError } from '../backup/manifest.ts';
import { requireScopes } from './authorise.ts';
import { onlyMethods } from './methods.ts';
import { HttpProblem } from './problem.ts';
import { readQuery } from './query.ts';

export interface BackupRoutesOptions {
  /** Undefined with a server, which has backups of its own. */
  backups: Backups | undefined;
  access: Access | undefined;
  log: Logger;
}

export function backupRoutes(options: BackupRoutesOptions): Router {
  const router = Router();
  router
    .route('/')
    .post(
      requireScopes(options.access, () => ['admin']),
      (request, response) => sendBackup(request, response, options),
    )
    .all(onlyMethods('POST'));
  return router;
}

async function sendBackup(
  request: Request,
  response: Response,
  { backups, log }: BackupRoutesOptions,
): Promise<void> {
  readQuery(request, []);
  if (!backups)
    throw new HttpProblem(
      501,
      'no-backup',
      'There is no backup of a server here',
      "this tallyd keeps everything in a ClickHouse server: use the server's own BACKUP DATABASE tallyd TO …",
    );
  const begun = performance.now();
  const backup = await backups.create().catch((error: unknown) => {
    if (!(error instanceof BackupError)) throw error;
    throw new HttpProblem(409, 'backup-running', 'A backup is being made', error.message);
  });
  // What is open can be read to its end when it has no name any more: so nothing is left behind, and
  // the next backup need not wait until this one is taken.
  const file = await open(backup.path).finally(() => backup.remove());
  const { size } = await file.stat();
  response.setHeader('Content-Type', 'application/zip');
  response.setHeader('Content-Length', size);
  log.info({ bytes: size, seconds: (performance.now() - begun) / 1000 }, 'a backup was made');
  try {
    await pipeline(file.createReadStream(), response);
  } catch (error) {
    // whoever asked went away; half an answer shows in its length
    if (!response.headersSent) throw error;
    log.warn({ err: error }, 'a backup was not taken to its end');
  }
}
