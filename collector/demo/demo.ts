/**
 * A home to look at tallyd with before one's own logs are in it: six weeks of several agents and
 * people up to now, and what their providers and gateways export. Everything in it says that it is made up.
 */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createPriceBook } from '../pricing/price-book.ts';
import { bundledPriceList } from '../pricing/price-list.ts';
import type { PriceBook } from '../pricing/types.ts';
import { type BillTruth, nanosOf } from './bill-truth.ts';
import { DAY } from './clock.ts';
import { AGENT_FORMATS, agentParts, billedToClouds, KINDS, type Told } from './demo-agents.ts';
import { demoExports, EXPORT_FORMATS } from './demo-exports.ts';
import { calendar, type DemoSeed, PROJECTS } from './demo-setting.ts';
import type { GeneratedFile } from './truth.ts';

export interface DemoOptions extends DemoSeed {
  /** What bills charge by. @default the price list that comes with tallyd */
  prices?: PriceBook;
}

const FORMATS = [...AGENT_FORMATS, ...EXPORT_FORMATS] as const;

/** A folder to follow. */
export interface DemoRoot {
  format: (typeof FORMATS)[number];
  path: string;
  dataset: 'demo';
}

/** Writes the demo home; the same options write the same bytes. Existing files are overwritten. */
export async function writeDemo(folder: string, options: DemoOptions): Promise<DemoRoot[]> {
  const prices = options.prices ?? createPriceBook({ list: await bundledPriceList() });
  for (const { path, content } of demoFiles({ ...options, prices })) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    // as if they had been lying there: an export that just changed is given time to be written whole
    await utimes(file, options.now / 1000 - 60, options.now / 1000 - 60);
  }
  return FORMATS.map((format) => ({ format, path: join(folder, format), dataset: 'demo' }));
}

/** With what bills charge by. */
export type PricedDemo = DemoOptions & { prices: PriceBook };

/** Files of one format, and what is truly in them. */
export interface DemoPart {
  format: DemoRoot['format'];
  files: Iterable<GeneratedFile<string | Buffer>>;
  truth: () => DemoTruth;
}

/** The lines of bills are no events. */
export interface DemoTruth {
  /** Of all kinds, of each event. */
  tokens: number[];
  /** Billionths of a dollar: what the files themselves say that it cost, where they do. */
  reported: bigint;
  bill: BillTruth[];
}

/** The files of the demo home, below a folder for each format. */
export function* demoFiles(options: PricedDemo): Iterable<GeneratedFile<string | Buffer>> {
  for (const { format, files } of demoParts(options))
    for (const { path, content } of files) yield { path: `${format}/${path}`, content };
}

/** The demo home by format; some formats have several parts. */
export function* demoParts(options: PricedDemo): Iterable<DemoPart> {
  for (const { format, files, usage } of agentParts(options))
    yield { format, files, truth: () => told(usage()) };
  for (const { format, file, usage, bill } of demoExports(exportsOf(options)))
    yield { format, files: [file], truth: () => ({ ...told(usage), bill }) };
}

function told(usage: readonly Told[]): DemoTruth {
  const tokens = usage.map((each) => KINDS.reduce((sum, kind) => sum + (each[kind] ?? 0), 0));
  const reported = usage.reduce((sum, { reportedCostUsd: usd = '0' }) => sum + nanosOf(usd), 0n);
  return { tokens, reported, bill: [] };
}

/** Whole days up to last night: the exports were made this morning. */
function exportsOf(options: PricedDemo) {
  const { from, when } = calendar(options);
  const midnight = (ts: number): number => Math.floor(ts / DAY) * DAY;
  return {
    ...{ seed: `${options.seed}-exports`, prices: options.prices, projects: PROJECTS },
    ...{ from: midnight(from), until: midnight(options.now), when, used: billedToClouds(options) },
  };
}
