/** Where agents leave their files: TALLYD_TAIL=auto. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { AgentHome, Format } from '../../formats/format.ts';
import type { TailRoot } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The roots of every format that an agent writes. The agent's variable replaces its default roots.
 * Default roots that do not exist are kept: the agent may be installed later.
 *
 * @param home the user's home folder
 */
export function findAgentRoots(env: Environment, home: string, formats: readonly Format[]): TailRoot[] {
  const roots: TailRoot[] = [];
  const taken = new Set<string>();
  for (const format of formats) {
    if (!format.agent) continue;
    for (const { path, dataset } of homesOf(format.agent, format.name, env, home)) {
      for (const folder of foldersOf(path, format.agent)) {
        const real = `${format.name}\0${realPath(folder)}`;
        if (taken.has(real)) continue;
        taken.add(real);
        roots.push({ format, path: folder, dataset });
      }
    }
  }
  return roots;
}

interface Home {
  path: string;
  dataset: string;
}

function homesOf(agent: AgentHome, name: string, env: Environment, home: string): Home[] {
  const listed = (env[agent.variable] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (listed.length === 0)
    return agent.roots.map((root) => ({ path: resolve(expandPath(root, env, home)), dataset: name }));
  const homes = listed.map((entry) => {
    const path = withoutFolder(resolve(expandPath(entry, env, home)), agent);
    return { path, dataset: path };
  });
  const existing = homes.filter(({ path }) => existsSync(path));
  // Where none exists yet, they are the places to wait for.
  return existing.length > 0 ? existing : homes;
}

/** `~` and `${VARIABLE:-default}`, as in a shell. */
export function expandPath(path: string, env: Environment, home: string): string {
  const resolved = path.replaceAll(
    /\$\{(\w+)(?::-([^}]*))?\}/g,
    (_whole, name: string, otherwise: string | undefined) => env[name] || (otherwise ?? ''),
  );
  return resolved === '~' || resolved.startsWith('~/') ? join(home, resolved.slice(1)) : resolved;
}

/** People set the variable to the folder with the files as well as to the one above it. */
function withoutFolder(path: string, agent: AgentHome): string {
  return agent.folders.includes(basename(path)) && basename(path) !== '' ? dirname(path) : path;
}

function foldersOf(path: string, agent: AgentHome): string[] {
  return agent.folders.map((folder) => (folder === '' ? path : join(path, folder)));
}

/** The real path, as far down as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
  }
}
