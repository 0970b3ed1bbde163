/** `GET /api/v1/audit`: the audit log, newest first. */
import { Router } from 'express';
import type { AuditLog } from '../audit/audit-log.ts';
import { onlyMethods } from './methods.ts';
import { nextPage, readPage } from './query.ts';
import { sendBody } from './send.ts';

export function auditRoutes(audit: AuditLog): Router {
  const router = Router();
  router
    .route('/')
    .get(async (request, response) => {
      const page = readPage(request);
      const { items, total } = await audit.read(page);
      const next = nextPage(request, page, items.length, total);
      if (next) response.setHeader('Link', `<${next}>; rel="next"`);
      const body = { total, entries: items, ...(next && { next }) };
      sendBody(request, response, 200, 'application/json', body);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
