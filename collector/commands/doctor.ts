/** `tallyd doctor`: what was found, what is followed, what is wrong, and what to do about it. */
import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readConfig, type Config } from '../config-lists.ts';
import { formatsOf, loadPrices, tailRootsOf } from '../main.ts';
import { overrideProblems } from '../pricing/overrides.ts';
import { doctor as examine, type DoctorInput } from '../reports/doctor.ts';
import { doctorText } from '../reports/doctor-text.ts';
import { knownFiles } from '../reports/doctor-store.ts';
import { urlOf } from '../runtime.ts';
import type { PathProblem } from '../sources/tail/types.ts';
import { unreadFiles } from '../sources/tail/unread-files.ts';
import { type Line, note, problem } from '../reports/doctor-line.ts';
import { damagedParts, setAside, StoreDamagedError } from '../store/damage.ts';
import { openEmbedded } from '../store/embedded.ts';
import { version } from '../version.ts';
import { openReader, type OpenReader } from './reader.ts';
import { terminal } from './terminal.ts';

type Parts = Parameters<typeof setAside>[0];

/** Prints the examination. @returns the exit code: 1 when there are problems. */
export async function doctor(options: {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  json?: boolean;
  setAside?: boolean;
}): Promise<number> {
  const config = readConfig(options.env, options.config);
  const aside = options.setAside ?? false;
  const parts: Line[] = [];
  const open = () => openReader(config).catch((error: unknown) => error as Error);
  let opened = await open();
  if (opened instanceof StoreDamagedError) {
    parts.push(...(await damagedStore(config, aside)));
    if (aside) opened = await open();
  }
  const reader = opened instanceof Error ? undefined : opened;
  try {
    if (reader?.own) parts.push(...(await partLines(reader.own, config.dataDir, aside)));
    const about = { ...(await input(config, options.env, opened)), parts };
    // a store that does not answer is told once
    const report = await examine(about, about.store.problem === undefined ? reader?.reader : undefined);
    const text = options.json
      ? JSON.stringify(report, null, 2)
      : doctorText(report, terminal(process.stdout, undefined, options.env));
    process.stdout.write(`${text}\n`);
    return report.problems > 0 ? 1 : 0;
  } finally {
    await reader?.close();
  }
}

/** A store in which what a start has to read is damaged can only be looked at as it is. */
async function damagedStore({ dataDir, poolThreads }: Config, aside: boolean): Promise<Line[]> {
  const path = join(dataDir, 'store');
  const engine = await openEmbedded({ path, poolThreads, maxThreads: availableParallelism() });
  try {
    return await partLines(engine, dataDir, aside);
  } finally {
    await engine.close();
  }
}

/** Only where no collector runs: it owns the store otherwise, and its read endpoint checks nothing. */
async function partLines(store: Parts, dataDir: string, aside: boolean): Promise<Line[]> {
  const damaged = await damagedParts(store);
  if (aside && damaged.length > 0) {
    await setAside(store, damaged);
    // all files are read again: what was in the parts comes back from those that are still there
    rmSync(join(dataDir, 'positions.json'), { force: true });
  }
  return damaged.map(({ table, part, message }) =>
    aside
      ? note(
          `The damaged part ${part} of ${table} was set aside, into the folder detached of its table. The next tallyd start reads all ` +
            'files again; uploads whose rows were in it must be sent again.',
        )
      : problem(
          `The part ${part} of ${table} is damaged (${message}). What lies in other parts is whole. ` +
            'Copy the data directory, then: tallyd doctor --set-aside; see docs/operations.md, "A damaged store".',
        ),
  );
}

async function input(
  config: Config,
  env: NodeJS.ProcessEnv,
  opened: OpenReader | Error,
): Promise<DoctorInput> {
  const { refresher, list } = await loadPrices(config, () => undefined);
  const status = refresher.status();
  const running = opened instanceof Error ? undefined : opened.collector;
  const addresses = Object.entries(running?.addresses ?? {}).flatMap(([name, address]) =>
    address ? [[name, urlOf(address)] as const] : [],
  );
  return {
    version,
    configuration: {
      origin: config.file ?? 'the environment and defaults (no tallyd.yaml)',
      problems: overrideProblems(list, config.prices),
    },
    dataDir: config.dataDir,
    store: await storeInput(config, opened),
    collector: {
      running: running !== undefined,
      ...(running && { pid: running.pid }),
      addresses: Object.fromEntries(addresses),
    },
    access: accessOf(config),
    unread: await unreadOf(config, env, opened),
    homes: tailRootsOf(config, env, formatsOf(config)).map((root) => ({
      agent: root.format === 'auto' ? 'any format' : root.format.title,
      path: root.path,
      found: existsSync(root.path),
    })),
    prices: {
      origin: status.origin,
      ...(status.asOf && { asOf: status.asOf.getTime() }),
      ...(status.lastError && { problem: status.lastError }),
    },
    now: Date.now(),
  };
}

function accessOf({ tokensFile, jwt }: Config): string {
  const asked = [
    ...(tokensFile === undefined ? [] : [`those in ${tokensFile}`]),
    ...(jwt === undefined ? [] : [`JWTs of ${jwt.issuer}`]),
  ];
  return asked.length > 0
    ? `asked for, ${asked.join(' and ')}`
    : 'none are asked for, and only this machine may ask';
}

/** Without a store nobody knows what is read, so nothing is said. */
async function unreadOf(
  config: Config,
  env: NodeJS.ProcessEnv,
  opened: OpenReader | Error,
): Promise<PathProblem[]> {
  if (opened instanceof Error) return [];
  const formats = formatsOf(config);
  const known = await knownFiles(opened.reader).catch(() => undefined); // a store that does not answer is told
  if (!known) return [];
  const problems = [...known].flatMap(([path, problem]) => (problem === '' ? [] : [{ path, problem }]));
  return [
    ...problems,
    ...(await unreadFiles(tailRootsOf(config, env, formats), formats, (path) => known.has(path))),
  ];
}

async function storeInput(config: Config, opened: OpenReader | Error): Promise<DoctorInput['store']> {
  const where =
    config.clickhouseUrl === undefined
      ? { kind: 'embedded' as const, where: join(config.dataDir, 'store') }
      : { kind: 'server' as const, where: new URL(config.clickhouseUrl).host };
  if (opened instanceof Error) return { ...where, problem: opened.message };
  try {
    const [size] = await opened.reader.rows<{ bytes: number }>(
      "SELECT sum(total_bytes) AS bytes FROM system.tables WHERE database = 'tallyd'",
    );
    return { ...where, bytes: Number(size?.bytes ?? 0) };
  } catch (error) {
    // such as a token that is missing: what does not need the store is told all the same
    return { ...where, problem: (error as Error).message };
  }
}
