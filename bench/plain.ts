/** Starts the plain server, which tallyd's own is held against. */
import { benchProgram } from './engine/run-alone.ts';
import { Process } from './measuring/process.ts';

export async function startPlain(
  work: 'store' | 'file',
  path: string,
): Promise<{ url: string; end: () => Promise<unknown> }> {
  const server = new Process(benchProgram('plain-server', work, path));
  await server.says('.\n');
  const port = /port (\d+)/.exec(server.stdout)![1]!;
  return { url: `http://127.0.0.1:${port}`, end: () => server.end() };
}
