/** The HTTP application: what it answers, and how it says no. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Access } from '../access/access.ts';
import type { Backups } from '../backup/create.ts';
import type { Format } from '../formats/format.ts';
import { whoOf } from '../limits/ports.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import { UploadProblem } from '../sources/upload/problem.ts';
import { ServerUnavailableError } from '../store/server-unavailable.ts';
import type { Uploads } from '../sources/upload/uploads.ts';
import { watchStall } from '../store/read-endpoint/stall.ts';
import type { LimitReason } from '../telemetry.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { auditRoutes } from './audit.ts';
import { AuditTrail } from './audit-trail.ts';
import { authorise, callerOf } from './authorise.ts';
import { backupRoutes } from './backup.ts';
import { datasetRoutes, type DatasetRoutesOptions } from './datasets.ts';
import { hostGuard, hostRequired, originGuard } from './guards.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { badParameter, HttpProblem, limitOf, notFound, sendProblem } from './problem.ts';
import { limitRequests } from './rate-limit.ts';
import { type RoomLimits, UploadRoom } from './upload-room.ts';
import { uploadRoutes } from './uploads.ts';

export interface AppOptions {
  uploads: Uploads;
  formats: readonly Format[];
  readiness: () => Promise<Readiness>;
  version: string;
  log: Logger;
  /** Whose tokens are asked for; without it everybody who reaches the port may do everything. */
  access?: Access | undefined;
  /** Makes backups; undefined with a server. */
  backups?: Backups | undefined;
  /** How much may be asked for; without it as much as anybody likes. */
  rates?: RateLimits | undefined;
  /** Told of every request that met a limit. */
  onLimited?: (reason: LimitReason) => void;
  /** Absent: nothing can be deleted. */
  deleteDataset?: DatasetRoutesOptions['deleteDataset'];
  /** Absent: nothing is written down. */
  audit?: AuditLog | undefined;
  /** Before everything else: metrics. */
  middleware?: readonly RequestHandler[];
  /** Names besides loopback's that may stand in the Host header, such as a proxy's. */
  allowedHosts?: readonly string[];
  /** A client that sends nothing of its body, or takes nothing of its answer, for so long is cut off. @default 60 s */
  idleMs?: number;
  /** How many uploads there may be. */
  room?: RoomLimits;
}

const IDLE_MS = 60_000;
/** What holds where the configuration is not asked: in tests. */
const ROOM: RoomLimits = { atOnce: 128, waiting: 1000 };

export function createApp(options: AppOptions): Express {
  const app = express();
  const { uploads, idleMs = IDLE_MS, onLimited = () => undefined } = options;
  const room = new UploadRoom(options.room ?? ROOM, () => uploads.waiting);
  app.disable('x-powered-by');
  app.disable('etag');
  for (const handler of options.middleware ?? []) app.use(handler);
  app.use(endStalled(idleMs, onLimited));
  const trail = options.audit && new AuditTrail(options.audit, options.log);
  app.use(hostRequired);
  if (trail) app.use(trail.refusals());
  // a page that reaches tallyd under a name of its own has no token, while a proxy forwards its own name
  if (!options.access) app.use(hostGuard(options.allowedHosts ?? []));
  app.use(originGuard);
  app.use(healthRoutes(options));
  app.use(authorise(options.access));
  app.use(
    limitRequests(options.rates, (request, response) =>
      whoOf(callerOf(response), request.socket.remoteAddress),
    ),
  );
  const { deleteDataset } = options;
  app.use('/api/v1/uploads', uploadRoutes({ uploads, room, idleMs, trail }));
  if (deleteDataset) app.use('/api/v1/datasets', datasetRoutes({ deleteDataset, uploads, trail }));
  if (options.audit) app.use('/api/v1/audit', auditRoutes(options.audit));
  app.use(
    '/api/v1/backup',
    backupRoutes({ backups: options.backups, access: options.access, log: options.log }),
  );
  app.use((request) => {
    throw notFound(
      `${request.path} is no address of tallyd. There are /api/v1/uploads, /api/v1/datasets, /api/v1/audit, /api/v1/backup, /healthz and /readyz; see docs/http-api.md.`,
    );
  });
  app.use(problemHandler(options.log, onLimited));
  return app;
}

/** Ends an answer of which nothing is taken any more: it would stay in memory for ever. */
function endStalled(idleMs: number, onLimited: (reason: LimitReason) => void): RequestHandler {
  return (_request, response, next) => {
    watchStall(response, idleMs / 1000, () => {
      onLimited('slow');
      response.destroy();
    });
    next();
  };
}

/** Problems of everybody at once, which whoever finds them logs, and not every request that meets them. */
const SAID_ONCE: ReadonlySet<string> = new Set(['store-away', 'spool-full']);

/** The last word on every error. Four parameters are how Express knows it. */
function problemHandler(log: Logger, onLimited: (reason: LimitReason) => void): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof HttpProblem || error instanceof UploadProblem) {
      response.locals['problem'] = error.message;
      const limit = limitOf(error);
      if (limit) onLimited(limit);
      if (error.status >= 500)
        // what met a limit is counted, and there may be thousands of it
        log[limit || SAID_ONCE.has(error.kind) ? 'debug' : 'warn'](
          { path: request.path, status: error.status },
          error.message,
        );
      return sendProblem(request, response, error);
    }
    if (error instanceof ServerUnavailableError) {
      const detail = `${error.message} Try again in a moment; /readyz says when it answers.`;
      return sendProblem(
        request,
        response,
        new HttpProblem(503, 'store-away', 'The store does not answer', detail),
      );
    }
    // Express itself: a path that cannot be decoded
    if ((error as { status?: unknown }).status === 400)
      return sendProblem(request, response, badParameter('the address has a broken %-escape in it.'));
    log.error({ err: error, path: request.path }, 'a request failed');
    const detail = 'this is a defect of tallyd, not of the request; its log says more.';
    sendProblem(request, response, new HttpProblem(500, 'internal', 'Something went wrong inside', detail));
  };
}
