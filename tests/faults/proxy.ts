/** Stands between the store and a ClickHouse server and does what is wrong with networks and servers. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type FaultKind, SERVER_ERRORS } from './kinds.ts';

export class FaultyProxy {
  readonly #target: URL;
  #server: Server | undefined;
  #port = 0;
  /** Asked for every request; undefined: nothing is wrong. */
  fault: (statement: string) => FaultKind | undefined = () => undefined;
  readonly injected = new Map<FaultKind | 'refuse', number>();
  requests = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async open(): Promise<void> {
    // as much as a server takes (http_max_uri_size): statements over a body stand in the address
    this.#server = createServer(
      { maxHeaderSize: 1_048_576 },
      (incoming, response) => void this.#handle(incoming, response),
    );
    await new Promise<void>((resolve, reject) => {
      this.#server!.once('error', reject);
      this.#server!.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on, as a server that is not there. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server!.close(resolve));
    this.#server!.closeAllConnections();
    await closed;
    this.#count('refuse');
  }

  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  #count(kind: FaultKind | 'refuse'): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    const query = new URL(incoming.url ?? '/', 'http://proxy').searchParams.get('query');
    const head = query ?? (await this.#beginning(incoming));
    const kind = this.fault(head);
    if (kind) this.#count(kind);
    try {
      await this.#answer(kind, incoming, response);
    } catch {
      incoming.socket.destroy();
    }
  }

  /** What stands at the beginning of a body, which is put back. */
  async #beginning(incoming: IncomingMessage): Promise<string> {
    for (;;) {
      const chunk = incoming.read() as Buffer | null;
      if (chunk !== null) {
        incoming.unshift(chunk);
        return chunk.toString('utf8', 0, 200);
      }
      if (incoming.readableEnded || incoming.complete) return '';
      await new Promise((resolve) =>
        incoming.once('readable', resolve).once('end', resolve).once('close', resolve),
      );
    }
  }

  async #answer(
    kind: FaultKind | undefined,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (kind === 'hang up') return void incoming.socket.destroy();
    if (kind === 'hang') return void incoming.resume();
    if (kind === '500' || kind === '503') {
      incoming.resume();
      response.writeHead(Number(kind), { 'content-type': 'text/html' });
      return void response.end(`<html><body><h1>${kind} upstream</h1></body></html>`);
    }
    if (kind !== undefined && kind in SERVER_ERRORS) {
      const { status, code, type, message } = SERVER_ERRORS[kind as keyof typeof SERVER_ERRORS];
      incoming.resume();
      response.writeHead(status, { 'x-clickhouse-exception-code': String(code) });
      return void response.end(`Code: ${code}. DB::Exception: ${message}. (${type}) (version 26.7)`);
    }
    const { status, headers, body } = await this.#forward(incoming);
    if (kind === 'acknowledgement lost') return void incoming.socket.destroy();
    response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    if (kind === 'cut') {
      response.write(body.subarray(0, Math.floor(body.length / 2)));
      response.flushHeaders();
      await delay(5);
      return void incoming.socket.destroy();
    }
    if (kind === 'slow') await this.#slowly(response, body);
    else response.end(body);
  }

  async #slowly(response: ServerResponse, body: Buffer): Promise<void> {
    const piece = Math.max(1, Math.ceil(body.length / 5));
    for (let at = 0; at < body.length; at += piece) {
      response.write(body.subarray(at, at + piece));
      await delay(10);
    }
    response.end();
  }

  #forward(incoming: IncomingMessage): Promise<{ status: number; headers: object; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming;
      const onward = request(
        { host: this.#target.hostname, port: this.#target.port, method, path, headers, agent: false },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const {
              'transfer-encoding': _chunked,
              'content-length': _length,
              connection: _,
              ...rest
            } = answer.headers;
            resolve({ status: answer.statusCode ?? 500, headers: rest, body: Buffer.concat(chunks) });
          });
        },
      );
      onward.on('error', reject);
      incoming.pipe(onward);
    });
  }
}
