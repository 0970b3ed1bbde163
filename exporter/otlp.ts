/** Metrics pushed with OTLP over HTTP, as protobuf. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { SERIES_LIMIT } from './series-limit.ts';

export interface OtlpOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT: a base, `/v1/metrics` is appended to it. */
  endpoint: string;
  intervalMs: number;
  warn: (message: string) => void;
}

type Export = Parameters<OTLPMetricExporter['export']>;

/**
 * A reader that pushes every `intervalMs`, and once more when its provider is shut down. Headers,
 * compression, timeout, certificates and temporality are the SDK's to read from its own variables.
 */
export function otlpReader({ endpoint, intervalMs, warn }: OtlpOptions): IMetricReader {
  return new PeriodicExportingMetricReader({
    exporter: new OutspokenExporter(metricsUrl(endpoint), warn),
    exportIntervalMillis: intervalMs,
    cardinalityLimits: { default: SERIES_LIMIT },
  });
}

/** The URL for metrics below an OTLP base, with or without a slash at its end. */
export function metricsUrl(endpoint: string): string {
  return new URL('v1/metrics', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href;
}

/** Tells when exports begin to fail and when they work again; the SDK tells only its silent global logger. */
class OutspokenExporter extends OTLPMetricExporter {
  readonly #url: string;
  readonly #warn: (message: string) => void;
  #failing = false;

  constructor(url: string, warn: (message: string) => void) {
    super({ url });
    this.#url = url;
    this.#warn = warn;
  }

  override export(metrics: Export[0], done: Export[1]): void {
    super.export(metrics, (result) => {
      this.#tell(result.error);
      done(result);
    });
  }

  #tell(error: Error | undefined): void {
    const failing = error !== undefined;
    if (failing && !this.#failing) this.#warn(`Metrics cannot be sent to ${this.#url}: ${error.message}`);
    if (!failing && this.#failing) this.#warn(`Metrics are sent to ${this.#url} again.`);
    this.#failing = failing;
  }
}
