/**
 * The composition root: builds the rooms from the configuration, starts them in order and stops them
 * in the reverse. Nothing else wires, and no room knows another's making.
 */
import { mkdirSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createExporter, type Exporter } from '../exporter/exporter.ts';
import { type Access, openAccess } from './access/access.ts';
import { metricsAuthorise, readEndpointAuthenticate } from './access/ports.ts';
import { AuditLog } from './audit/audit-log.ts';
import { noteOverrides, noteRefresh } from './audit/prices.ts';
import { Backups } from './backup/create.ts';
import { finishRestore } from './backup/restore.ts';
import { applyBudgets } from './budgets/apply.ts';
import type { Config } from './config-lists.ts';
import type { Format } from './formats/format.ts';
import { builtInFormats } from './formats/index.ts';
import { createMappedFormats } from './formats/mapped/mapped.ts';
import { createApp } from './http/app.ts';
import { listen, type Listening } from './http/server.ts';
import { openLimits } from './limits/open.ts';
import { metricsLimit, readEndpointLimit } from './limits/ports.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import { createPriceBook } from './pricing/price-book.ts';
import { overrideProblems } from './pricing/overrides.ts';
import type { PriceBook } from './pricing/types.ts';
import { PriceRefresher } from './pricing/refresh.ts';
import type { PriceList } from './pricing/price-list.ts';
import { writeRuntime, removeRuntime } from './runtime.ts';
import { pageRefusal } from './serving/pages.ts';
import { plainServing, type Serving, tlsServing } from './serving/serving.ts';
import { findAgentRoots } from './sources/tail/agent-roots.ts';
import { parseTailSetting } from './sources/tail/tail-setting.ts';
import { createTail } from './sources/tail/tail.ts';
import type { Tail, TailProgress, TailRoot } from './sources/tail/types.ts';
import { createUploads, type Uploads } from './sources/upload/uploads.ts';
import { createReadEndpoint } from './store/read-endpoint/endpoint.ts';
import { openStore, type Store, type StoreOptions } from './store/store.ts';
import { type LimitReason, silentTelemetry, type Telemetry } from './telemetry.ts';
import { version } from './version.ts';

export interface Addresses {
  http: Listening['address'];
  metrics: Listening['address'] | undefined;
  store: Listening['address'] | undefined;
}

export interface Collector {
  readonly store: Store;
  readonly tail: Tail;
  readonly roots: readonly TailRoot[];
  readonly addresses: Addresses;
  /** Problems of price overrides that only show against the list. */
  readonly warnings: readonly string[];
  /** Stops everything; when it resolves, nothing of tallyd runs and every position is written. */
  stop(): Promise<void>;
}

export interface CollectorOptions {
  config: Config;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  /** Instead of what the configuration says: demo data. */
  roots?: TailRoot[];
  onProgress?: (progress: TailProgress) => void;
}

/** All formats: those built in and those of `tallyd.yaml`. */
export function formatsOf(config: Config): Format[] {
  return [...createMappedFormats(config.formats), ...builtInFormats];
}

export function tailRootsOf(
  config: Config,
  env: CollectorOptions['env'],
  formats: readonly Format[],
): TailRoot[] {
  const home = env['HOME'] ?? homedir();
  const setting = parseTailSetting(config.tail, { home, formats, env });
  if (setting === 'none') return [];
  return setting === 'auto' ? findAgentRoots(env, home, formats) : setting;
}

/** The price list in force and the book made of it and the overrides. */
export async function loadPrices(config: Config, onChange: (list: PriceList) => void) {
  const refresher = new PriceRefresher({
    dataDir: config.dataDir,
    ...(config.pricesUrl && { url: config.pricesUrl }),
    onChange,
  });
  const list = await refresher.load();
  return { refresher, list, book: createPriceBook({ list, overrides: config.prices }) };
}

function storeOptions(config: Config, prices: PriceBook, log: Logger): StoreOptions {
  return {
    ...(config.clickhouseUrl && { clickhouseUrl: config.clickhouseUrl }),
    clickhouseSilenceMs: config.clickhouseTimeoutSeconds * 1000,
    path: join(config.dataDir, 'store'),
    poolThreads: config.poolThreads,
    maxThreads: availableParallelism(),
    costMode: config.costMode,
    retention: config.retention,
    prices,
    log,
  };
}

/** Opens the store alone, for a report or an upload when no collector runs. */
export async function openStoreOf(config: Config, log: Logger): Promise<Store> {
  await finishRestore(config.dataDir);
  const { book } = await loadPrices(config, () => undefined);
  return await openStore(storeOptions(config, book, log));
}

/**
 * Starts the collector: store, exporter, uploads, HTTP, then the tail, whose first pass is awaited.
 * Rejects with a sentence when the store or a port is taken; what was started is stopped again.
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return await assemble(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  { config, log, env, roots: givenRoots, onProgress }: CollectorOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Collector> {
  mkdirSync(config.dataDir, { recursive: true });
  if (await finishRestore(config.dataDir)) log.info('a restore that had been cut off was finished');
  const formats = formatsOf(config);
  const access = await openAccessOf(config, log);
  const serving = config.tls ? tlsServing(config.tls, log) : plainServing;
  const audit = new AuditLog(config.dataDir);
  const { store, warnings } = await openWithPrices(config, log, audit, stops);
  await noteOverrides(audit, config.prices, config.file);
  await applyBudgets(store, config);
  const { limits, redisUrl } = config;
  const { rates, close } = await openLimits({ limits, tokens: access !== undefined, redisUrl, log });
  stops.push(() => Promise.resolve(close()));
  const exporter =
    config.metricsListen || config.otlpEndpoint
      ? await startExporter({ config, log, access, serving, rates }, stops)
      : undefined;
  const telemetry = exporter?.telemetry ?? silentTelemetry;
  const uploads = createUploads({
    store,
    formats,
    telemetry,
    log,
    dir: join(config.dataDir, 'uploads'),
    maxBytes: config.uploadMaxBytes,
    spoolMaxBytes: config.spoolMaxBytes,
  });
  await uploads.start();
  stops.push(() => uploads.stop());
  const roots = givenRoots ?? tailRootsOf(config, env, formats);
  const tail = createTail({
    roots,
    formats,
    store,
    telemetry,
    log,
    dataDir: config.dataDir,
    spoolDir: join(config.dataDir, 'spool'),
    sweepSeconds: config.sweepSeconds,
    ...(onProgress && { onProgress }),
  });
  const doors = { config, log, access, serving, rates, audit };
  const addresses = await openPorts({ ...doors, store, uploads, exporter, telemetry, tail, formats }, stops);
  await writeRuntime(config.dataDir, { addresses, costMode: config.costMode });
  stops.push(() => removeRuntime(config.dataDir));
  stops.push(() => tail.stop());
  await tail.start();
  return { store, tail, roots, addresses, warnings, stop };
}

/** Undefined where nobody is asked who they are. */
async function openAccessOf({ tokensFile: path, jwt }: Config, log: Logger): Promise<Access | undefined> {
  if (path === undefined && jwt === undefined) return undefined;
  // loaded where there is an issuer: others need none of its code
  const issuer = jwt && (await import('./access/jwt/issuer.ts')).createIssuer({ ...jwt, log });
  return openAccess({ path, issuer, log });
}

async function openWithPrices(config: Config, log: Logger, audit: AuditLog, stops: (() => Promise<void>)[]) {
  // prices may be refreshed from the first moment; the store takes them when it is open
  const opened: { store?: Store } = {};
  const onChange = (list: PriceList): void => {
    const book = createPriceBook({ list, overrides: config.prices });
    noteRefresh(audit, list.modelCount).catch((error: unknown) =>
      log.error({ err: error }, 'the audit log could not be written'),
    );
    opened.store
      ?.usePrices(book)
      .catch((error: unknown) => log.error({ err: error }, 'new prices could not be put in force'));
  };
  const { refresher, list, book } = await loadPrices(config, onChange);
  const store = await openStore(storeOptions(config, book, log));
  opened.store = store;
  stops.push(() => store.close());
  refresher.start();
  stops.push(() => refresher.stop());
  return { store, warnings: overrideProblems(list, config.prices) };
}

async function startExporter(
  { config, log, access, serving, rates }: Doors,
  stops: (() => Promise<void>)[],
): Promise<Exporter> {
  const exporter = createExporter({
    ...(config.metricsListen && { listen: config.metricsListen }),
    ...(access ? { authorise: metricsAuthorise(access) } : { forbid: pageRefusal }),
    ...(rates && { limit: metricsLimit(rates, access) }),
    serve: (listener) => serving.createServer({}, listener),
    ...(config.otlpEndpoint && { otlpEndpoint: config.otlpEndpoint }),
    claudeCodeNames: config.claudeCodeMetrics,
    serviceVersion: version,
    dataDir: config.dataDir,
    logger: log,
  });
  await exporter.start();
  stops.push(() => exporter.stop());
  return exporter;
}

interface Doors {
  config: Config;
  log: Logger;
  /** Whose tokens every port asks for. */
  access: Access | undefined;
  /** How much may be asked for. */
  rates: RateLimits | undefined;
  serving: Serving;
}

interface Rooms extends Doors {
  audit: AuditLog;
  store: Store;
  uploads: Uploads;
  exporter: Exporter | undefined;
  telemetry: Telemetry;
  tail: Tail;
  formats: readonly Format[];
}

async function openPorts(rooms: Rooms, stops: (() => Promise<void>)[]): Promise<Addresses> {
  const { config, log, access, serving, rates, audit, store, uploads, exporter, telemetry, tail, formats } =
    rooms;
  const onLimited = (reason: LimitReason): void => telemetry.requestLimited({ port: 'http', reason });
  const app = createApp({
    access,
    backups: store.embedded && new Backups({ store, dataDir: config.dataDir }),
    rates,
    onLimited,
    room: { atOnce: config.uploadsAtOnce, waiting: config.uploadsWaiting },
    idleMs: config.idleSeconds * 1000,
    uploads,
    log,
    formats,
    version,
    readiness: () => readiness(store, tail),
    deleteDataset: (name) => store.deleteDataset(name),
    audit,
    middleware: exporter ? [exporter.httpMiddleware] : [],
  });
  const { listen: at, connections, idleSeconds } = config;
  const http = await listen(app, { ...at, serving, connections, headersMs: idleSeconds * 1000, onLimited });
  stops.push(() => http.close());
  const embedded = store.embedded;
  let storeAddress: Addresses['store'];
  if (embedded && config.storeListen) {
    const authenticate = access && readEndpointAuthenticate(access);
    const endpoint = await createReadEndpoint({
      ...{ engine: embedded, log, authenticate, serving },
      ...(rates && { limit: readEndpointLimit(rates, access) }),
      onLimited: (reason) => telemetry.requestLimited({ port: 'store', reason }),
    }).listen(config.storeListen);
    stops.push(() => endpoint.close());
    storeAddress = { host: endpoint.address.address, port: endpoint.address.port, scheme: serving.scheme };
  }
  const metrics = exporter?.address && { ...exporter.address, scheme: serving.scheme };
  return { http: http.address, metrics, store: storeAddress };
}

/** A store that is silent for longer is not ready. */
const ANSWER_MS = 5000;

async function storeProblem(store: Store): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    const sentence = `the store has not answered for ${ANSWER_MS / 1000} seconds`;
    timer = setTimeout(() => resolve(sentence), ANSWER_MS);
  });
  const asked = store.rows('SELECT 1').then(
    () => undefined,
    (error: unknown) => `the store does not answer: ${(error as Error).message}`,
  );
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function readiness(store: Store, tail: Tail): Promise<{ ready: boolean; reasons: string[] }> {
  const reasons: string[] = [];
  const problem = await storeProblem(store);
  if (problem !== undefined) reasons.push(problem);
  else if (store.refusal !== undefined) reasons.push(`the store takes no data: ${store.refusal}`);
  if (!tail.status().running) reasons.push("the first look through the agents' logs is not done yet");
  return { ready: reasons.length === 0, reasons };
}
