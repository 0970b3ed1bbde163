/** Requests to the running collector, over HTTP or, where it speaks TLS, over HTTPS. */
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { Settings } from '../config.ts';
import { localAddress, type RuntimeAddress } from '../runtime.ts';
import { CommandError } from './command-error.ts';

export interface Asked {
  method: string;
  path: string;
  headers?: OutgoingHttpHeaders;
}

/** What a command needs to reach a collector. */
export type Reach = Pick<Settings, 'token' | 'tls' | 'tlsCa'>;

/**
 * Begins a request, with the token; its body is the caller's to send.
 * Plain HTTP instead of a client's: a report is a whole process, and loading one took a sixth of its time.
 */
export async function connect(
  address: RuntimeAddress,
  { token, tls, tlsCa }: Reach,
  { headers, ...asked }: Asked,
): Promise<ClientRequest> {
  const { host, port, scheme } = localAddress(address);
  const to = {
    ...{ host, port, ...asked },
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  };
  if (scheme !== 'https') return (await import('node:http')).request(to);
  const { request } = await import('node:https');
  return request({ ...to, ...(await trust(tls, tlsCa)) });
}

/**
 * The very certificate that the collector is set up with is trusted under every name, as this is the
 * collector's own machine; others by an authority and the name they are for.
 */
async function trust(tls: Reach['tls'], tlsCa: string | undefined): Promise<ConnectionOptions> {
  const { checkServerIdentity, rootCertificates } = await import('node:tls');
  const { certificateOf, readPem } = await import('../serving/certificate.ts');
  const more = tlsCa === undefined ? [] : [readPem('TALLYD_TLS_CA', tlsCa)];
  for (const pem of more) certificateOf('TALLYD_TLS_CA', tlsCa!, pem);
  if (!tls) return more.length === 0 ? {} : { ca: [...rootCertificates, ...more] };
  const own = readPem('TALLYD_TLS_CERT', tls.cert);
  const { raw } = certificateOf('TALLYD_TLS_CERT', tls.cert, own);
  return {
    ca: [...rootCertificates, ...more, own],
    // a certificate is an authority for itself, whoever signed it
    allowPartialTrustChain: true,
    checkServerIdentity: (name, peer) => (peer.raw.equals(raw) ? undefined : checkServerIdentity(name, peer)),
    // shown where the collector asks its clients for one
    ...(tls.clientCa !== undefined && { cert: own, key: readPem('TALLYD_TLS_KEY', tls.key) }),
  };
}

/** The whole answer. Rejects with a sentence when none comes. */
export async function answerTo(
  request: ClientRequest,
  address: RuntimeAddress,
): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> {
  return await answered(request, address, async (answer) => ({
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text: Buffer.concat((await answer.toArray()) as Buffer[]).toString('utf8'),
  }));
}

/** Takes an answer as it comes. Rejects with a sentence when none comes, or not to its end. */
export async function answered<T>(
  request: ClientRequest,
  address: RuntimeAddress,
  take: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // errors may come behind the answer, too: a refused body is cut off
      request.once('response', resolve).on('error', reject);
    });
    return await take(answer);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { host, port } = address;
    throw new CommandError(`the collector does not answer on ${host}:${port}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|ERR_TLS_CERT_ALTNAME_INVALID)$/;

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!UNTRUSTED.test(code)) return message;
  return `its certificate is not trusted (${message}); name its authority in TALLYD_TLS_CA, or set TALLYD_TLS_CERT and TALLYD_TLS_KEY as the collector has them.`;
}
