/** OpenTelemetry metrics of one collector: instruments, the Prometheus endpoint, OTLP. */
import { hostname } from 'node:os';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { RequestHandler } from 'express';
import type { Telemetry } from '../collector/telemetry.ts';
import { DiskInstruments } from './instruments/disk.ts';
import { HttpInstruments } from './instruments/http.ts';
import { PipelineInstruments } from './instruments/pipeline.ts';
import { ProcessInstruments } from './instruments/process.ts';
import { UsageInstruments } from './instruments/usage.ts';
import { otlpReader } from './otlp.ts';
import {
  type Authorise,
  type CountRequest,
  type Guards,
  type Listen,
  MetricsServer,
  PrometheusReader,
  type Serve,
} from './prometheus.ts';

export interface ExporterOptions {
  /** Where `/metrics` is served; port 0 takes any free one. */
  /** Absent: no Prometheus endpoint, metrics go to OTLP alone. */
  listen?: Listen;
  /** Who may read `/metrics`; absent: everybody who reaches it. */
  authorise?: Authorise;
  /** How often they may; absent: as often as they like. */
  limit?: CountRequest;
  /** Why nobody who asks like this gets an answer; absent: everybody does. */
  forbid?: Guards['forbid'];
  /** Makes the server of `/metrics`; absent: a plain one. */
  serve?: Serve;
  /** OTEL_EXPORTER_OTLP_ENDPOINT. Undefined: nothing is pushed. */
  otlpEndpoint?: string;
  /** Time between two pushes. @default 60000 */
  otlpIntervalMs?: number;
  /** Whether Claude Code's usage also appears under the names of its own telemetry, `claude_code_*`. */
  claudeCodeNames: boolean;
  serviceVersion: string;
  /** The directory whose size and disk are watched. */
  dataDir: string;
  logger: { warn(message: string): void };
  /** The clock, in ms since the epoch. @default Date.now */
  now?: () => number;
}

export interface Exporter {
  /** What the rooms report to; works before {@link start}. */
  readonly telemetry: Telemetry;
  /** Records every request; put it before the routes. */
  readonly httpMiddleware: RequestHandler;
  /** Where `/metrics` is served, undefined where it is not; throws before {@link start}. */
  readonly address: Listen | undefined;
  /** Listens and begins to measure. Rejects when the port is taken. */
  start(): Promise<void>;
  /** Pushes what was not pushed yet (for at most 5 seconds), then stops listening. Never rejects. */
  stop(): Promise<void>;
}

const OTLP_INTERVAL_MS = 60_000;
const LAST_PUSH_MS = 5_000;

/** Creates the instruments; nothing listens and nothing global is registered. */
export function createExporter(options: ExporterOptions): Exporter {
  const warn = (message: string) => options.logger.warn(message);
  const intervalMs = options.otlpIntervalMs ?? OTLP_INTERVAL_MS;
  const prometheus = new PrometheusReader(warn);
  const otlp = options.otlpEndpoint && otlpReader({ endpoint: options.otlpEndpoint, intervalMs, warn });
  const provider = new MeterProvider({
    resource: resource(options.serviceVersion),
    // a reader that nobody asks would only gather
    readers: [...(options.listen ? [prometheus] : []), ...(otlp ? [otlp] : [])],
  });
  const meter = provider.getMeter('tallyd', options.serviceVersion);
  const usage = new UsageInstruments(meter, options.claudeCodeNames);
  const pipeline = new PipelineInstruments(meter, options.now ?? Date.now);
  const background = [
    new ProcessInstruments(meter, options.serviceVersion),
    new DiskInstruments(meter, options.dataDir),
  ];
  const { listen, forbid, authorise, limit, serve } = options;
  const onLimited = () => pipeline.requestLimited({ port: 'metrics', reason: 'requests' });
  const server =
    listen && new MetricsServer(listen, prometheus, { forbid, authorise, limit, onLimited }, serve);
  return {
    telemetry: telemetryOf(pipeline, usage),
    httpMiddleware: new HttpInstruments(meter).middleware,
    get address() {
      return server?.address;
    },
    async start() {
      await server?.start();
      for (const part of background) part.start();
    },
    async stop() {
      // First the push: it reads what the parts measure.
      await provider.shutdown({ timeoutMillis: LAST_PUSH_MS }).catch((error: unknown) => {
        warn(`The last metrics were not sent: ${String(error)}`);
      });
      for (const part of background) part.stop();
      await server?.stop();
    },
  };
}

function telemetryOf(pipeline: PipelineInstruments, usage: UsageInstruments): Telemetry {
  return {
    batchStored(e) {
      pipeline.batchStored(e);
      usage.record(e.usage);
    },
    batchFailed: (e) => pipeline.batchFailed(e),
    uploadFinished: (e) => pipeline.uploadFinished(e),
    spoolHeld: (e) => pipeline.spoolHeld(e),
    tailLag: (e) => pipeline.tailLag(e),
    requestLimited: (e) => pipeline.requestLimited(e),
  };
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, which the SDK reads, have the last word. */
function resource(version: string): Resource {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': 'tallyd',
        'service.version': version,
        'service.instance.id': hostname(),
        'host.name': hostname(),
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
}
