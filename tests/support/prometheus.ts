/** A real Prometheus for a test: it scrapes, and answers PromQL as Grafana asks it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './port.ts';

export const prometheusIsMissing = spawnSync('prometheus', ['--version']).error !== undefined;

export interface PromSeries {
  metric: Record<string, string>;
  /** What is no number is left out: a share of nothing is NaN. */
  values: number[];
}

interface Answer {
  status: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value?: Point; values?: Point[] }[] };
}
type Point = [time: number, value: string];

export class Prometheus {
  readonly #process: ChildProcess;
  readonly #url: string;
  #log = '';

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
    process.stderr!.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  get url(): string {
    return this.#url;
  }

  /** Starts one that scrapes `target` twice a second as job `tallyd`. */
  static async start(folder: string, target: string, ...more: string[]): Promise<Prometheus> {
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `scrape_configs: [{ job_name: tallyd, scrape_interval: 500ms, scrape_timeout: 500ms, static_configs: [{ targets: ['${target}'] }] }]`,
    );
    const address = `127.0.0.1:${await freePort()}`;
    const process = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
        ...more,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return new Prometheus(process, `http://${address}`);
  }

  /** Whether it answers. Throws when it has ended. */
  async isReady(): Promise<boolean> {
    if (this.#process.exitCode !== null) throw new Error(`prometheus ended: ${this.#log}`);
    return (await fetch(`${this.#url}/-/ready`).catch(() => undefined))?.ok ?? false;
  }

  /** One value per series, now. Throws what Prometheus says when the expression is wrong. */
  instant(expr: string): Promise<PromSeries[]> {
    return this.#ask('query', { query: expr });
  }

  /** Values of the last minute, a second apart. */
  range(expr: string): Promise<PromSeries[]> {
    const end = Date.now() / 1000;
    return this.#ask('query_range', {
      query: expr,
      start: String(end - 60),
      end: String(end),
      step: '1',
    });
  }

  /** What `label_values(selector, label)` offers. */
  async labelValues(selector: string, label: string): Promise<string[]> {
    const parameters = new URLSearchParams({ 'match[]': selector });
    const response = await fetch(`${this.#url}/api/v1/label/${label}/values?${parameters.toString()}`);
    return ((await response.json()) as { data: string[] }).data;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<PromSeries[]> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const { status, error, data } = (await response.json()) as Answer;
    if (status !== 'success') throw new Error(`${error}: ${parameters['query']}`);
    return data.result.map(({ metric, value, values }) => ({
      metric,
      values: (values ?? [value!]).map(([, text]) => Number(text)).filter(Number.isFinite),
    }));
  }
}
