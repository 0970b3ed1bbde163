/**
 * The certificate in force. The files are looked at whenever a client connects, which takes
 * microseconds, so that a renewed certificate counts at once, without a restart.
 */
import { statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { keyWarning, type Pair, readPair, type TlsFiles } from './certificate.ts';

const DAY_MS = 86_400_000;
const WARN_DAYS = 14;

export interface LiveCertificateOptions {
  files: TlsFiles;
  log: { info(message: string): void; warn(message: string): void; error(message: string): void };
  /** The clock, ms since the epoch. @default Date.now */
  now?: () => number;
}

export class LiveCertificate {
  readonly #files: TlsFiles;
  readonly #log: LiveCertificateOptions['log'];
  readonly #now: () => number;
  readonly #servers = new Set<TlsServer>();
  #pair: Pair;
  #seen: string;

  /** @throws TlsFileError when the files cannot be used. */
  constructor({ files, log, now = Date.now }: LiveCertificateOptions) {
    this.#files = files;
    this.#log = log;
    this.#now = now;
    this.#seen = this.#look();
    this.#pair = readPair(files, now());
    this.#warn();
  }

  get secureContext(): Pair['secureContext'] {
    return this.#pair.secureContext;
  }

  /** From here on every connection to the server gets the newest certificate. */
  keepFresh(server: Server): void {
    const secured = server as TlsServer;
    this.#servers.add(secured);
    // before the server itself begins its handshake
    secured.prependListener('connection', () => this.#refresh());
    secured.once('close', () => this.#servers.delete(secured));
  }

  #refresh(): void {
    const now = this.#look();
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      this.#pair = readPair(this.#files, this.#now());
      for (const server of this.#servers) server.setSecureContext(this.#pair.secureContext);
      this.#log.info(`the certificate was read again from ${this.#files.cert}`);
      this.#warn();
    } catch (error) {
      // also while the first of two files is new: the second one's coming is seen as well
      this.#log.error(
        `the certificate that was read before stays in force, because ${(error as Error).message}`,
      );
    }
  }

  #warn(): void {
    const days = Math.floor((this.#pair.validTo - this.#now()) / DAY_MS);
    if (days < WARN_DAYS)
      this.#log.warn(`the certificate in ${this.#files.cert} expires in ${days} days; put a new one there.`);
    const warning = keyWarning(this.#files);
    if (warning !== undefined) this.#log.warn(warning);
  }

  /** Changes whenever one of the files does. */
  #look(): string {
    const { cert, key, clientCa } = this.#files;
    return [cert, key, clientCa]
      .map((path) => {
        const found =
          path === undefined ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
        return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : 'absent';
      })
      .join(' ');
  }
}
