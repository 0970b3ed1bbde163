/** `/healthz`: the process answers. `/readyz`: the store answers and the sources run. */
import { Router } from 'express';
import { onlyMethods } from './methods.ts';
import { sendBody } from './send.ts';

export interface Readiness {
  ready: boolean;
  /** Sentences about what is not ready. */
  reasons: string[];
}

export function healthRoutes(version: string, readiness: () => Promise<Readiness>): Router {
  const router = Router();
  router
    .route('/healthz')
    .get((request, response) =>
      sendBody(request, response, 200, 'application/json', { status: 'ok', version }),
    )
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (request, response) => {
      const { ready, reasons } = await readiness();
      sendBody(request, response, ready ? 200 : 503, 'application/json', { ready, reasons });
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
