/**
 * The least that an HTTP server can do, as a process of its own: `plain-server.js store FOLDER` writes each
 * body to a file and answers when it is on the disk; `plain-server.js file FILE` answers with a file's
 * content. Prints its port.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

const [work, path = ''] = process.argv.slice(2);
let stored = 0;

const store: RequestListener = (request, response) => {
  void (async () => {
    const body = await buffer(request);
    const file = await open(join(path, String(stored++)), 'w');
    await file.writeFile(body);
    await file.sync();
    await file.close();
    response.writeHead(201).end('{}\n');
  })();
};

function answering(content: Buffer): RequestListener {
  return (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(content);
}

const server = createServer(work === 'store' ? store : answering(readFileSync(path)));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}.\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
