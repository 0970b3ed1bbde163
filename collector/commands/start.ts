/** `tallyd start`: the collector, from the first screen to the last position. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { type Config, readConfig } from '../config-lists.ts';
import { type Collector, formatsOf, startCollector, tailRootsOf } from '../main.ts';
import type { TailRoot } from '../sources/tail/types.ts';
import { version } from '../version.ts';
import { firstScreen, nothingFound } from './first-screen.ts';
import { Progress } from './progress.ts';
import { terminal } from './terminal.ts';

export interface StartOptions {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  demo?: boolean;
  once?: boolean;
}

/** Starts, shows the first screen, and runs until a signal comes. */
export async function start(options: StartOptions): Promise<void> {
  const config = options.demo
    ? demoConfig(readConfig(options.env, options.config))
    : readConfig(options.env, options.config);
  mkdirSync(config.dataDir, { recursive: true });
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const { log, where } = openLog(config);
  // asked for before the first await, so that a signal during the first read stops in order too
  const signal = stopSignal();
  say(`tallyd ${version}${options.demo ? ' · DEMO DATA, generated: nothing here is yours' : ''}`);
  const roots = options.demo ? await demoRoots(config) : tailRootsOf(config, options.env, formatsOf(config));
  const progress = new Progress(process.stderr);
  const starting = startCollector({
    config,
    log,
    env: options.env,
    roots,
    onProgress: (p) => progress.show(p),
  });
  const started = await Promise.race([starting, signal.then(() => undefined)]);
  progress.end();
  const collector = started ?? (await starting);
  try {
    if (started) {
      for (const warning of collector.warnings) say(`prices: ${warning}`);
      await showFirstScreen(collector, config, options, { say, log: where });
      if (!options.once) {
        say(`\nFollowing. Stop with Ctrl-C.`);
        const name = await signal;
        log.info({ signal: name }, 'stopping');
      }
    }
  } finally {
    await collector.stop();
    log.info('stopped');
  }
}

async function showFirstScreen(
  collector: Collector,
  config: Config,
  options: StartOptions,
  { say, log }: { say: (text: string) => void; log: string | undefined },
): Promise<void> {
  const [row] = await collector.store.rows<{ events: number }>('SELECT count() AS events FROM tallyd.usage');
  if (Number(row?.events ?? 0) === 0) {
    say(nothingFound(collector, config));
    return;
  }
  say(
    await firstScreen(collector, config, {
      ...terminal(process.stdout, undefined, options.env),
      log,
      demo: options.demo === true,
    }),
  );
}

/** Demo data has a store of its own, so that it never mixes with what is real. */
function demoConfig(config: Config): Config {
  return { ...config, dataDir: `${config.dataDir}-demo`, clickhouseUrl: undefined };
}

/** Generates the demo afresh, up to now. */
async function demoRoots(config: Config): Promise<TailRoot[]> {
  const { writeDemo } = await import('../demo/demo.ts');
  const folder = join(config.dataDir, 'files');
  for (const old of [folder, join(config.dataDir, 'store'), join(config.dataDir, 'positions.json')]) {
    if (existsSync(old)) rmSync(old, { recursive: true });
  }
  const roots = await writeDemo(folder, { now: Date.now(), seed: 1 });
  const formats = new Map(formatsOf(config).map((format) => [format.name, format]));
  return roots.map(({ format, path, dataset }) => ({ format: formats.get(format)!, path, dataset }));
}

/**
 * At a terminal the log goes to a file, beside the screen that a person reads; otherwise to the
 * standard error, one JSON object a line, as service managers expect.
 */
function openLog(config: Config): { log: Logger; where: string | undefined } {
  if (!process.stdout.isTTY)
    return { log: pino({ level: config.logLevel }, pino.destination(2)), where: undefined };
  const where = join(config.dataDir, 'tallyd.log');
  return {
    log: pino({ level: config.logLevel }, pino.destination({ dest: where, append: true, mkdir: true })),
    where,
  };
}

/** Resolves with the first signal that asks for an end; a second one ends at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (name: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(name);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
