import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Exporter } from '../../exporter/exporter.ts';
import { startExporter } from '../../exporter/testing.ts';
import { pageRefusal } from './pages.ts';

let exporter: Exporter;
beforeAll(async () => void (exporter = await startExporter({ forbid: pageRefusal })));
afterAll(() => exporter.stop());

it.each([
  [200, {}],
  [200, { host: 'localhost:9464' }],
  [200, { host: '[::1]:9464' }],
  [200, { host: 'host.docker.internal:9464' }],
  [200, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  [403, { host: 'evil.example:9464' }],
  [403, { host: 'localhost.evil.example' }],
  [403, { host: '127.0.0.1.evil.example' }],
  [403, { host: 'x.internal.evil.example' }],
  [403, { origin: 'https://evil.example' }],
  [403, { origin: 'null' }],
  [403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
])('metrics that ask nobody for a token answer %d to %o', async (status, headers) => {
  const asked = request({ ...exporter.address!, path: '/metrics', headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(status);
});
