import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { listen } from './server.ts';

describe('listening', () => {
  it('on a port in use says what to do', async () => {
    const first = await listen(express(), { host: '127.0.0.1', port: 0 });
    const { port } = first.address;
    await expect(listen(express(), { host: '127.0.0.1', port })).rejects.toThrow(
      new RegExp(`^port ${port} on 127.0.0.1 is in use by another program.*TALLYD_LISTEN`),
    );
    await first.close();
  });

  it('on an address of another machine says what to do', async () => {
    await expect(listen(express(), { host: '192.0.2.1', port: 4318 })).rejects.toThrow('TALLYD_LISTEN');
  });
});

describe('closing', () => {
  it('lets a request come to its end, but not for ever', async () => {
    const app = express();
    app.get('/slow', (_request, response) => void setTimeout(() => response.end('done'), 100));
    app.get('/never', () => undefined);
    const server = await listen(app, { host: '127.0.0.1', port: 0, graceMs: 300 });
    const slow = request({ ...server.address, path: '/slow' }).end();
    const never = request({ ...server.address, path: '/never' }).end();
    const cut = once(never, 'error');
    await Promise.all([once(slow, 'socket'), once(never, 'socket')]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = server.close();
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    expect((await response.toArray()).join('')).toBe('done');
    await closing;
    await cut;
  });
});
