/** How a running collector is found: a small file in the data directory with its addresses. */
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RuntimeAddress {
  host: string;
  port: number;
  /** @default http */
  scheme?: 'http' | 'https';
}

export interface Runtime {
  pid: number;
  /** The mode the store is configured with; a report need not ask for it. */
  costMode?: 'auto' | 'calculate' | 'display';
  addresses: {
    http: RuntimeAddress;
    metrics?: RuntimeAddress | undefined;
    store?: RuntimeAddress | undefined;
  };
}

const fileOf = (dataDir: string): string => join(dataDir, 'collector.json');

export async function writeRuntime(dataDir: string, about: Omit<Runtime, 'pid'>): Promise<void> {
  const runtime: Runtime = { pid: process.pid, ...about };
  const fresh = `${fileOf(dataDir)}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(runtime));
  await rename(fresh, fileOf(dataDir));
}

export async function removeRuntime(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/** The collector that runs on this data directory; undefined when none does (or it died). */
export function readRuntime(dataDir: string): Runtime | undefined {
  let runtime: Runtime;
  try {
    runtime = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Runtime;
  } catch {
    // absent: never started, or stopped in order
    return undefined;
  }
  return isAlive(runtime.pid) ? runtime : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** An address as a URL for people; loopback and "any" become localhost. */
export function urlOf(address: RuntimeAddress): string {
  const isHere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(address.host);
  return exactUrlOf({ ...address, host: isHere ? 'localhost' : address.host });
}

/** Where a program of this machine connects to: what listens on every address is reached over loopback. */
export function localAddress(address: RuntimeAddress): RuntimeAddress {
  const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { ...address, host: loopback[address.host] ?? address.host };
}

/** An address as a URL, as it is. */
export function exactUrlOf({ host, port, scheme = 'http' }: RuntimeAddress): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
