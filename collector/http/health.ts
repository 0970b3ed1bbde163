/**
 * `/healthz`: the process answers. `/readyz`: the store answers and the sources run. Both answer
 * everybody, since what watches a process has no token; but only that, no version and no reasons.
 */
import { Router } from 'express';
import type { Access } from '../access/access.ts';
import { maySeeDetails } from './authorise.ts';
import { onlyMethods } from './methods.ts';
import { sendBody } from './send.ts';

export interface Readiness {
  ready: boolean;
  /** Sentences about what is not ready. */
  reasons: string[];
}

export interface HealthOptions {
  version: string;
  readiness: () => Promise<Readiness>;
  access?: Access | undefined;
}

export function healthRoutes({ version, readiness, access }: HealthOptions): Router {
  const router = Router();
  router
    .route('/healthz')
    .get(async (request, response) => {
      const details = (await maySeeDetails(access, request, response)) ? { version } : {};
      sendBody(request, response, 200, 'application/json', { status: 'ok', ...details });
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (request, response) => {
      const { ready, reasons } = await readiness();
      const details = (await maySeeDetails(access, request, response)) ? { reasons } : {};
      sendBody(request, response, ready ? 200 : 503, 'application/json', { ready, ...details });
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
