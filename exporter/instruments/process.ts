/**
 * The process itself, under the names that Prometheus' own client libraries made common, so that
 * existing dashboards show it. The embedded engine runs in this process: its memory and CPU are in here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Meter, Observable, ObservableResult } from '@opentelemetry/api';
import { EventLoopWatch } from './event-loop.ts';

export class ProcessInstruments {
  readonly #eventLoop = new EventLoopWatch();

  constructor(meter: Meter, version: string) {
    gauge(meter, 'tallyd_build_info', '', 'A constant 1 with the version of tallyd', (result) =>
      result.observe(1, { version }),
    );
    observeTime(meter);
    observeMemory(meter);
    observeLimits(meter);
    if (process.platform === 'linux') observeFileDescriptors(meter);
    this.#observeEventLoop(meter);
  }

  /** Begins to measure the event loop. */
  start(): void {
    this.#eventLoop.start();
  }

  stop(): void {
    this.#eventLoop.stop();
  }

  #observeEventLoop(meter: Meter): void {
    const observe = (quantile: 'p50' | 'p90' | 'p99' | 'max', description: string) =>
      gauge(meter, `nodejs_eventloop_lag_${quantile}_seconds`, 's', description, (result) =>
        result.observe(this.#eventLoop.sample()[quantile]),
      );
    observe('p50', 'Median delay of the event loop in the last window');
    observe('p90', 'Delay of the event loop, 90th percentile of the last window');
    observe('p99', 'Delay of the event loop, 99th percentile of the last window');
    observe('max', 'Longest delay of the event loop in the last window');
    const busy = 'Share of the last window in which the event loop was busy';
    gauge(meter, 'nodejs_eventloop_utilization_ratio', '1', busy, (result) =>
      result.observe(this.#eventLoop.sample().utilization),
    );
  }
}

function gauge(
  meter: Meter,
  name: string,
  unit: string,
  description: string,
  callback: (result: ObservableResult) => void,
): void {
  meter.createObservableGauge(name, { unit, description }).addCallback(callback);
}

function observeTime(meter: Meter): void {
  const description = 'CPU time spent, by mode; the embedded engine is included';
  meter.createObservableCounter('process_cpu_seconds', { unit: 's', description }).addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe(user / 1e6, { mode: 'user' });
    result.observe(system / 1e6, { mode: 'system' });
  });
  gauge(meter, 'process_start_time_seconds', 's', 'When the process began, since the Unix epoch', (result) =>
    result.observe(performance.timeOrigin / 1000),
  );
}

/** One reading of the memory serves all of its gauges. */
function observeMemory(meter: Meter): void {
  const create = (name: string, description: string): Observable =>
    meter.createObservableGauge(name, { unit: 'By', description });
  const resident = create('process_resident_memory_bytes', 'Resident memory, the embedded engine included');
  const total = create('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap');
  const used = create('nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap');
  const external = create(
    'nodejs_external_memory_bytes',
    'Memory of objects bound to JavaScript, buffers included',
  );
  meter.addBatchObservableCallback(
    (result) => {
      const memory = process.memoryUsage();
      result.observe(resident, memory.rss);
      result.observe(total, memory.heapTotal);
      result.observe(used, memory.heapUsed);
      result.observe(external, memory.external);
    },
    [resident, total, used, external],
  );
}

/** What the process may use, so that rules can tell how much of it is used. */
function observeLimits(meter: Meter): void {
  gauge(meter, 'tallyd_cpu_cores', '{core}', 'Processor cores that the process may use', (result) =>
    result.observe(availableParallelism()),
  );
  const description = 'Memory that the process may use: the limit of its container, or all there is';
  gauge(meter, 'tallyd_memory_limit_bytes', 'By', description, (result) => result.observe(memoryLimit()));
}

/** Without a limit the system tells 0, or a number larger than any memory. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

function observeFileDescriptors(meter: Meter): void {
  // Synchronous on purpose: /proc is memory, and the thread pool may be waiting for the engine.
  // Less one: the descriptor with which the folder is read.
  gauge(meter, 'process_open_fds', '{fd}', 'Open file descriptors', (result) =>
    result.observe(readdirSync('/proc/self/fd').length - 1),
  );
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (limit === undefined) return;
  gauge(meter, 'process_max_fds', '{fd}', 'How many file descriptors may be open', (result) =>
    result.observe(Number(limit)),
  );
}
