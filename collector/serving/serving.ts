/** How the ports are served: plain, or with TLS. Every port makes its server here. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsFiles } from './certificate.ts';
import { sendSecurityHeaders } from './headers.ts';
import { LiveCertificate, type LiveCertificateOptions } from './live-certificate.ts';

export interface Serving {
  readonly scheme: 'http' | 'https';
  /** A server that sends the security headers with every answer. It does not listen yet. */
  createServer(options: ServerOptions, listener: RequestListener): Server;
}

export const plainServing: Serving = {
  scheme: 'http',
  createServer(options, listener) {
    const server = createServer(options, listener);
    sendSecurityHeaders(server, 'http');
    return server;
  },
};

/**
 * TLS with the certificate that is in the files at the moment a client connects.
 * @throws TlsFileError when they cannot be used.
 */
export function tlsServing(files: TlsFiles, log: LiveCertificateOptions['log']): Serving {
  const certificate = new LiveCertificate({ files, log });
  return {
    scheme: 'https',
    createServer(options, listener) {
      const server = createTlsServer({ ...options, ...certificate.secureContext }, listener);
      certificate.keepFresh(server);
      sendSecurityHeaders(server, 'https');
      return server;
    },
  };
}
