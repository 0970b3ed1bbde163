import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, Router } from 'express';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Exporter } from '../exporter.ts';
import { scrape, startExporter, valueOf } from '../testing.ts';

let exporter: Exporter;
let server: Server;
let base: string;

const COUNT = 'http_server_request_duration_seconds_count';

beforeEach(async () => {
  exporter = await startExporter();
  const app = express();
  app.use(exporter.httpMiddleware);
  app.use('/api/v1', routes());
  const failed: ErrorRequestHandler = (_error, _request, response, _next) => void response.sendStatus(500);
  app.use(failed);
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await exporter.stop();
});

function routes(): Router {
  const router = Router();
  router.get('/uploads/:id', (request, response) => {
    if (request.params.id === 'broken') throw new Error('boom');
    response.send('here');
  });
  // Never answers.
  router.get('/wait', () => undefined);
  return router;
}

/** The number of requests with these labels, once there are some: a response ends before its 'close'. */
function countOf(labels: Record<string, string>): Promise<number> {
  return vi.waitUntil(async () => valueOf(await scrape(exporter), COUNT, labels), {
    timeout: 10_000,
    interval: 5,
  });
}

it('names the route by its template, so that ids make no series', async () => {
  await fetch(`${base}/api/v1/uploads/1`);
  await fetch(`${base}/api/v1/uploads/2`);
  const labels = { http_route: '/api/v1/uploads/:id', http_request_method: 'GET' };
  await vi.waitUntil(async () => (await countOf({ ...labels, http_response_status_code: '200' })) === 2);
});

it('counts the failures of a route under the same name', async () => {
  await fetch(`${base}/api/v1/uploads/broken`);
  const labels = { http_route: '/api/v1/uploads/:id', http_response_status_code: '500', error_type: '500' };
  expect(await countOf(labels)).toBe(1);
});

it('gives no route to what matched none, and one name to unknown methods', async () => {
  await fetch(`${base}/wp-admin/install.php`);
  await fetch(`${base}/wp-login.php`, { method: 'PROPFIND' });
  expect(await countOf({ http_request_method: '_OTHER', http_response_status_code: '404' })).toBe(1);
  expect(await scrape(exporter)).not.toMatch(/wp-|http_route=/);
});

it('sees requests while they are answered, and clients that do not wait', async () => {
  const active = async () => valueOf(await scrape(exporter), 'http_server_active_requests');
  const waiting = httpRequest(`${base}/api/v1/wait`).on('error', () => undefined);
  waiting.end();
  await vi.waitUntil(async () => (await active()) === 1, { timeout: 10_000, interval: 5 });
  waiting.destroy();
  expect(await countOf({ error_type: 'client_closed', http_route: '/api/v1/wait' })).toBe(1);
  expect(await active()).toBe(0);
});
