import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What the event loop did in one window of time. */
export interface EventLoopSample {
  /** Delay of a timer beyond when it was due, in seconds. */
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** Share of the window in which the loop was busy, 0 to 1. */
  utilization: number;
}

const RESOLUTION_MS = 20;
/**
 * A window lasts at least this long. Prometheus and OTLP may both read: if each reading began a new
 * window, each would see a piece and a stall would reach only one of them.
 */
const WINDOW_MS = 10_000;

/** Measures the event loop of this thread between {@link start} and {@link stop}. */
export class EventLoopWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #windowStart = 0;
  #utilization = performance.eventLoopUtilization();
  #last: EventLoopSample | undefined;

  start(): void {
    this.#delay.enable();
    this.#begin();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** The last whole window, and before there is one the window so far. */
  sample(): EventLoopSample {
    const whole = performance.now() - this.#windowStart >= WINDOW_MS;
    if (!whole) return this.#last ?? this.#measure();
    this.#last = this.#measure();
    this.#begin();
    return this.#last;
  }

  #begin(): void {
    this.#delay.reset();
    this.#windowStart = performance.now();
    this.#utilization = performance.eventLoopUtilization();
  }

  #measure(): EventLoopSample {
    // Node records the time between two firings of its timer, which includes the interval itself.
    const seconds = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS) / 1000;
    return {
      p50: seconds(this.#delay.percentile(50)),
      p90: seconds(this.#delay.percentile(90)),
      p99: seconds(this.#delay.percentile(99)),
      max: seconds(this.#delay.max),
      utilization: performance.eventLoopUtilization(this.#utilization).utilization,
    };
  }
}
